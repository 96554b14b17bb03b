using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class BacklogTests
{
    /// <summary>Over a Unix socket, where a full queue refuses at once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task So_many_peers_may_wait_and_the_next_is_refused(int backlog)
    {
        using var directory = new TempDirectory();
        using var bound = UnixBinder.Bind(directory["s"], new StreamServerOptions());
        using var log = new LogCapture();
        await using var listener = await new SocketListenerFactory(backlog, log.CreateLogger("")).BindAsync(new BoundEndPoint(bound));
        var peers = new List<Socket>();
        try
        {
            // The kernel lets one more wait than it was told.
            for (var i = 0; i <= backlog; i++) peers.Add(Connect(directory["s"]));

            var error = Assert.Throws<SocketException>(() => Connect(directory["s"]));
            Assert.Equal(SocketError.WouldBlock, error.SocketErrorCode);
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
