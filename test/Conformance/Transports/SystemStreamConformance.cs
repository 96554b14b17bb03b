using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Over a System.IO.Stream, of which nothing is known but that it reads and writes.</summary>
public sealed class SystemStreamConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    protected override bool ShowsAbort => false;

    protected override bool Lingers => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        var below = new NetworkStream(accepted, ownsSocket: true);
        return new Pair(ConnectionStream.Create(StreamTransport.FromStream(below), options), new SocketPeer(connecting));
    }
}
