using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Somebody who types, and reads what is shown.</summary>
internal sealed class ChatPeer : IAsyncDisposable
{
    private readonly ConnectionStream _stream;
    private readonly List<string> _seen = [];

    private ChatPeer(ConnectionStream stream) => _stream = stream;

    /// <summary>All that was shown.</summary>
    public IReadOnlyList<string> Seen => _seen;

    /// <summary>Straight to a node, and into a room.</summary>
    public static async Task<ChatPeer> AtAsync(ChatNode node, string room) => await JoinAsync(await StreamClient.ConnectUnixAsync(node.UnixPath).Within(), room);

    /// <summary>To whatever node the proxy chooses.</summary>
    public static Task<ChatPeer> AtAsync(HaProxy proxy, string room) => AtAsync(new IPEndPoint(IPAddress.Loopback, proxy.ChatPort), room);

    /// <summary>To an address.</summary>
    public static async Task<ChatPeer> AtAsync(IPEndPoint address, string room) =>
        await JoinAsync(await StreamClient.ConnectAsync(address).Within(), room);

    public Task TypeAsync(string line) => _stream.WriteAsync(line + "\n").Within();

    /// <summary>The first line from here on that has this in it.</summary>
    public async Task<string> ReadUntilAsync(string part)
    {
        while (true)
        {
            var line = await _stream.ReadLineAsync(Encoding.UTF8).Within(what: $"a line with '{part}'; the last ones were: {string.Join(" | ", _seen.TakeLast(20))}")
                ?? throw new EndOfStreamException($"The connection ended without a line with '{part}'. The last ones were: {string.Join(" | ", _seen.TakeLast(20))}");
            _seen.Add(line);
            if (line.Contains(part, StringComparison.Ordinal)) return line;
        }
    }

    /// <summary>Types, and waits until it is answered or shown.</summary>
    public async Task<string> TypeAsync(string line, string until)
    {
        await TypeAsync(line);
        return await ReadUntilAsync(until);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<ChatPeer> JoinAsync(ConnectionStream stream, string room)
    {
        var user = new ChatPeer(stream);
        await user.ReadUntilAsync("You are in lobby");
        await user.TypeAsync($"/join {room}", $"You are in {room}");
        return user;
    }
}
