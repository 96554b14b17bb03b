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
        var options = new StreamServerOptions { Backlog = backlog };
        using var bound = UnixBinder.Bind(directory["s"], options, new EndpointTerms("", Tls: null));
        using var log = new LogCapture();
        await using var listener = await new SocketListenerFactory(options, new ConnectionGate(null, null), "", log.CreateLogger("")).BindAsync(new BoundEndPoint(bound));
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

    [Theory]
    [InlineData(null, 100)]
    [InlineData(7, 7)]
    public async Task The_backlog_of_the_options_is_that_of_the_socket(int? given, int expected)
    {
        var options = new StreamServerOptions();
        if (given is { } backlog) options.Backlog = backlog;
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();

        // struct tcp_info of Linux: a listening socket has its backlog where others count what was acknowledged out of order.
        const int Tcp = 6, Info = 11, Sacked = 28;
        var info = new byte[Sacked + sizeof(int)];
        Assert.Equal(info.Length, server.Sockets[0].GetRawSocketOption(Tcp, Info, info));
        Assert.Equal(expected, BitConverter.ToInt32(info, Sacked));
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
