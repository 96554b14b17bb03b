using System.IO.Pipelines;
using Kestrel.Streams.Samples.WebHost.Chat;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>A backplane that does what the test says, and notes what it is told.</summary>
internal sealed class ScriptedBackplane : ChatBackplane
{
    public override string Node => "here";

    public override string? Trouble => TroubleNow;

    public string? TroubleNow { get; set; }

    public List<ChatEvent> Published { get; } = [];

    public List<string> Released { get; } = [];

    public Func<string, Task<IReadOnlyList<Said>>> History { get; set; } = static _ => Task.FromResult<IReadOnlyList<Said>>([]);

    public NameClaim Claim { get; set; } = NameClaim.Granted;

    public IChatNode? Listener { get; set; }

    public override Task StartAsync(IChatNode node, CancellationToken cancellationToken)
    {
        Listener = node;
        return Task.CompletedTask;
    }

    public override ValueTask<bool> PublishAsync(ChatEvent happened, CancellationToken cancellationToken)
    {
        if (TroubleNow is not null) return new(false);
        Published.Add(happened);
        Listener!.Receive(happened);
        return new(true);
    }

    public override async ValueTask<IReadOnlyList<Said>> HistoryAsync(string room, CancellationToken cancellationToken) => await History(room);

    public override ValueTask<NameClaim> ClaimAsync(string name, CancellationToken cancellationToken) => new(Claim);

    public override ValueTask ReleaseAsync(string name)
    {
        Released.Add(name);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The handler over pipes, on rooms with a backplane that the test plays.</summary>
internal sealed class Rooms : IAsyncDisposable
{
    private readonly ChatMeter _meter = new();
    private readonly ChatHandler _handler;
    private readonly List<(ConnectionStream Client, Task Serving)> _users = [];

    public Rooms(ChatOptions? settings = null, TimeProvider? time = null)
    {
        var options = Options.Create(settings ?? new ChatOptions());
        Node = new ChatRooms(Backplane, options, time ?? TimeProvider.System, _meter);
        Backplane.Listener = Node;
        _handler = new ChatHandler(Node, new ChatCommands(Node), options);
    }

    public ScriptedBackplane Backplane { get; } = new();

    public ChatRooms Node { get; }

    /// <summary>Somebody of another node.</summary>
    public static ChatStamp Stamp(string sender, long sequence, string node = "there") => new(node, sender, sequence, DateTimeOffset.UnixEpoch);

    public ConnectionStream Connect()
    {
        var (up, down) = (new Pipe(), new Pipe());
        var connection = new DefaultConnectionContext(
            $"connection {_users.Count}", new Duplex(up.Reader, down.Writer), new Duplex(down.Reader, up.Writer));
        var client = ConnectionStream.Create(StreamTransport.FromPipe(connection.Application!));
        _users.Add((client, _handler.OnConnectedAsync(connection)));
        return client;
    }

    /// <summary>Connects; the client has heard that it is in the lobby.</summary>
    public async Task<ConnectionStream> EnterAsync()
    {
        var client = Connect();
        await client.HearAsync(static line => line.StartsWith("* You are in lobby", StringComparison.Ordinal));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (client, serving) in _users)
        {
            await client.DisposeAsync();
            await serving.Within();
        }

        _handler.Dispose();
        _meter.Dispose();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

internal static class HearExtensions
{
    public static async Task<string> HearAsync(this ConnectionStream client, Func<string, bool> wanted)
    {
        while (await client.ReadLineAsync(System.Text.Encoding.UTF8).Within() is { } line)
        {
            if (wanted(line)) return line;
        }

        throw new EndOfStreamException("The end came first.");
    }

    /// <summary>The next line is this one.</summary>
    public static async Task HearsAsync(this ConnectionStream client, string line) =>
        Assert.Equal(line, await client.ReadLineAsync(System.Text.Encoding.UTF8).Within());
}
