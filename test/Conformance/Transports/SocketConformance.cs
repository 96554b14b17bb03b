namespace Kestrel.Streams.Tests;

public sealed class TcpAcceptedConformance : StreamConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        return new Pair(ConnectionStream.Create(StreamTransport.FromSocket(accepted), options), new SocketPeer(connecting));
    }
}

public sealed class TcpConnectingConformance : StreamConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        return new Pair(ConnectionStream.Create(StreamTransport.FromSocket(connecting), options), new SocketPeer(accepted));
    }
}

/// <summary>A Unix socket has no reset to send: the other end sees what was sent and then an end.</summary>
public abstract class UnixConformance : StreamConformance
{
    protected override bool SeesReset => false;

    protected override bool ShowsAbort => false;
}

public sealed class UnixAcceptedConformance : UnixConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.UnixAsync();
        return new Pair(ConnectionStream.Create(StreamTransport.FromSocket(accepted), options), new SocketPeer(connecting));
    }
}

public sealed class UnixConnectingConformance : UnixConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.UnixAsync();
        return new Pair(ConnectionStream.Create(StreamTransport.FromSocket(connecting), options), new SocketPeer(accepted));
    }
}

/// <summary>Whoever waits goes on on the thread of the loop.</summary>
public sealed class InlineTcpConformance : StreamConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        return new Pair(ConnectionStream.Create(SocketTransport.Over(accepted, ownsSocket: true, isInline: true), options), new SocketPeer(connecting));
    }
}

/// <summary>The transport of the platforms that are not Linux, which works there too.</summary>
public sealed class PortableTcpConformance : StreamConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        return new Pair(ConnectionStream.Create(new SocketTransport(accepted, ownsSocket: true), options), new SocketPeer(connecting));
    }
}

/// <inheritdoc cref="PortableTcpConformance"/>
public sealed class PortableUnixConformance : UnixConformance
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.UnixAsync();
        return new Pair(ConnectionStream.Create(new SocketTransport(accepted, ownsSocket: true), options), new SocketPeer(connecting));
    }
}
