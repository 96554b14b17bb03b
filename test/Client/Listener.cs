using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A plain listening socket for a client to connect to.</summary>
internal sealed class Listener : IDisposable
{
    private readonly Socket _socket;
    private readonly List<Socket> _others = [];

    private Listener(EndPoint endPoint, int? backlog)
    {
        _socket = NewSocket(endPoint.AddressFamily);
        _socket.Bind(endPoint);
        if (backlog is { } most)
            _socket.Listen(most);
        EndPoint = _socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    public int Port => ((IPEndPoint)EndPoint).Port;

    public static Listener Tcp() => Tcp(IPAddress.Loopback);

    public static Listener Tcp(IPAddress address, int port = 0) => new(new IPEndPoint(address, port), 100);

    public static Listener Unix(string path) => new(new UnixDomainSocketEndPoint(path), 100);

    /// <summary>A port that is taken, so that nobody else gets it, but where nobody listens.</summary>
    public static Listener Refusing() => Refusing(IPAddress.Loopback);

    /// <inheritdoc cref="Refusing()"/>
    public static Listener Refusing(IPAddress address, int port = 0) => new(new IPEndPoint(address, port), null);

    /// <summary>A listener whose queue is full: the kernel answers nobody until something is accepted.</summary>
    public static Listener Clogged() => Clogged(IPAddress.Loopback);

    /// <inheritdoc cref="Clogged()"/>
    public static Listener Clogged(IPAddress address) => Clog(new Listener(new IPEndPoint(address, 0), 0));

    /// <inheritdoc cref="Clogged()"/>
    public static Listener CloggedUnix(string path) => Clog(new Listener(new UnixDomainSocketEndPoint(path), 0));

    /// <summary>A path for a socket file, not there yet.</summary>
    public static string NewPath() => Path.Combine(Path.GetTempPath(), "client-" + Path.GetRandomFileName());

    public static Socket NewSocket(AddressFamily family) =>
        new(family, SocketType.Stream, family is AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);

    public async Task<Socket> AcceptAsync()
    {
        var peer = await _socket.AcceptAsync().Within();
        _others.Add(peer);
        return peer;
    }

    /// <summary>A socket that is connected to this listener, not yet accepted.</summary>
    public Socket Connect()
    {
        var client = NewSocket(EndPoint.AddressFamily);
        client.Connect(EndPoint);
        _others.Add(client);
        return client;
    }

    /// <summary>Says a line each way, which shows that the stream and the connection accepted next are the two ends of one.</summary>
    public async Task TalkAsync(ConnectionStream stream)
    {
        using var peer = await AcceptAsync();
        await stream.WriteAsync("ping\n").Within();
        var buffer = new byte[100];
        var count = await peer.ReceiveAsync(buffer).Within();
        Assert.Equal("ping\n", Encoding.UTF8.GetString(buffer, 0, count));
        await peer.SendAsync("pong\n"u8.ToArray()).Within();
        Assert.Equal("pong\n"u8.ToArray(), await stream.ReadLineAsync().Within());
    }

    public void Dispose()
    {
        _others.ForEach(other => other.Dispose());
        _socket.Dispose();
    }

    private static Listener Clog(Listener listener)
    {
        listener.Connect(); // a queue of length 0 holds one
        return listener;
    }
}
