using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A peer of plain sockets that says and takes nothing of its own accord: what it receives stays in its kernel, until that is full.</summary>
internal sealed class Blackhole : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _sockets = [];

    public Blackhole(bool unix)
    {
        _listener = FaultProxy.NewSocket(unix ? AddressFamily.Unix : AddressFamily.InterNetwork);
        _listener.Bind(unix ? new UnixDomainSocketEndPoint("\0ks-faults-" + Guid.NewGuid().ToString("N")) : new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    /// <summary>A socket that is connected to it, and its own end.</summary>
    public async Task<(Socket Client, Socket Peer)> ConnectAsync()
    {
        var client = FaultProxy.NewSocket(_listener.AddressFamily);
        client.Connect(_listener.LocalEndPoint!);
        var peer = await _listener.AcceptAsync().Within();
        _sockets.AddRange([client, peer]);
        return (client, peer);
    }

    /// <summary>Connects to a server and is silent from then on.</summary>
    public static Socket ConnectedTo(StreamServerBase server)
    {
        var socket = FaultProxy.NewSocket(server.EndPoints[0].AddressFamily);
        socket.Connect(server.EndPoints[0]);
        return socket;
    }

    /// <summary>Reads until the connection is over: whether it ended in order.</summary>
    public static async Task<bool> EndsInOrderAsync(Socket socket)
    {
        var waste = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(waste).Within() > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        _listener.Dispose();
    }
}
