using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Bench;

/// <summary>What lies between the two ends of a pair.</summary>
public enum Wire
{
    Memory,
    Tcp,
}

/// <summary>The stream that is measured, and the one at its other end.</summary>
internal sealed class Pair(ConnectionStream stream, ConnectionStream peer) : IAsyncDisposable
{
    public ConnectionStream Stream => stream;

    public ConnectionStream Peer => peer;

    public static async Task<Pair> CreateAsync(Wire wire)
    {
        if (wire == Wire.Memory)
        {
            var (one, other) = ConnectionStream.CreatePair();
            return new Pair(one, other);
        }

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = await listener.AcceptAsync();
        server.NoDelay = true;
        return new Pair(Over(client), Over(server));
    }

    public async ValueTask DisposeAsync()
    {
        await peer.DisposeAsync();
        await stream.DisposeAsync();
    }

    private static ConnectionStream Over(Socket socket) => ConnectionStream.Create(StreamTransport.FromSocket(socket));
}
