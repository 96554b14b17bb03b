namespace Kestrel.Streams.Tests;

/// <summary>A running sample/Smtp on a port that was free.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private SmtpServer(RunningProgram program) => Program = program;

    public RunningProgram Program { get; }

    public int Port { get; private set; }

    public static async Task<SmtpServer> StartAsync(params IEnumerable<string> arguments)
    {
        var server = new SmtpServer(RunningProgram.Sample("Smtp", ["0", .. arguments]));
        server.Port = int.Parse((await server.Program.ReadLineAsync()).Split(':')[^1]);
        return server;
    }

    /// <summary>A client that has got the greeting, and said hello.</summary>
    public async Task<SmtpClient> ConnectAsync()
    {
        var client = await MeetAsync();
        await client.SendAsync("HELO test\r\n");
        await client.Peer.ExpectLineAsync("250 localhost");
        return client;
    }

    /// <summary>A client that has got the greeting.</summary>
    public async Task<SmtpClient> MeetAsync()
    {
        var client = new SmtpClient(await StreamClient.ConnectAsync("127.0.0.1", Port).Within());
        await client.Peer.ExpectLineAsync(static line => line.StartsWith("220 ", StringComparison.Ordinal));
        return client;
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
