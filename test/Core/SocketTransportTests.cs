using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class SocketTransportTests
{
    [Fact]
    public async Task Bytes_go_both_ways_and_an_empty_receive_waits_when_there_was_nothing()
    {
        var (transport, peer) = await CreateAsync();
        using var closing = peer;
        Assert.True(transport.CanTrySend);
        Assert.True(transport.CanWriteEof);
        Assert.Equal(5, transport.TrySend("hello"u8));
        var buffer = new byte[10];
        Assert.Equal(5, await peer.ReceiveAsync(buffer).Within());
        await peer.SendAsync("oh"u8.ToArray()).Within();
        Assert.Equal(2, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
        var waiting = transport.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await peer.SendAsync("hi"u8.ToArray()).Within();
        Assert.Equal(0, await waiting.Within());
        Assert.Equal(2, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
        await transport.DisposeAsync().Within();
    }

    [Fact]
    public async Task A_full_socket_takes_nothing_at_once_and_the_rest_as_the_peer_reads()
    {
        var (transport, peer) = await CreateAsync();
        using var closing = peer;
        var chunk = new byte[1 << 20];
        var taken = 0L;
        for (var sent = 1; sent > 0; taken += sent) sent = transport.TrySend(chunk);
        var sending = transport.SendAsync(chunk, CancellationToken.None).AsTask();
        var buffer = new byte[1 << 20];
        for (var left = taken + chunk.Length; left > 0;) left -= await peer.ReceiveAsync(buffer).Within();
        await sending.Within();
        await transport.DisposeAsync().Within();
    }

    [Fact]
    public async Task The_output_ends_alone()
    {
        var (transport, peer) = await CreateAsync();
        using var closing = peer;
        await transport.SendEofAsync(CancellationToken.None).Within();
        var buffer = new byte[10];
        Assert.Equal(0, await peer.ReceiveAsync(buffer).Within());
        await peer.SendAsync("still"u8.ToArray()).Within();
        Assert.Equal(5, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
        await transport.DisposeAsync().Within();
    }

    [Fact]
    public async Task A_peer_that_is_gone_is_an_error_of_the_socket()
    {
        var (transport, peer) = await CreateAsync();
        peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => transport.ReceiveAsync(new byte[1], CancellationToken.None).Within());
        Assert.Throws<SocketException>(() => transport.TrySend("x"u8));
        await Assert.ThrowsAsync<SocketException>(() => transport.SendAsync("x"u8.ToArray(), CancellationToken.None).Within());
        await transport.DisposeAsync().Within();
    }

    [Fact]
    public async Task An_abort_resets_the_peer_and_ends_what_is_pending()
    {
        var (transport, peer) = await CreateAsync();
        using var closing = peer;
        var receiving = transport.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        transport.Abort(null);
        transport.Abort(null);
        await receiving.FailsAsync();
        var reset = await Assert.ThrowsAsync<SocketException>(() => peer.ReceiveAsync(new byte[1]).Within());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        await transport.DisposeAsync().Within();
    }

    [Fact]
    public async Task A_Unix_peer_sees_an_aborted_connection_end()
    {
        var path = Path.Combine(Path.GetTempPath(), "core-" + Path.GetRandomFileName());
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            using var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await peer.ConnectAsync(new UnixDomainSocketEndPoint(path)).Within();
            var transport = StreamTransport.FromSocket(await listener.AcceptAsync().Within());
            Assert.Equal(3, transport.TrySend("cut"u8));
            transport.Abort(null);
            var buffer = new byte[10];
            Assert.Equal(3, await peer.ReceiveAsync(buffer).Within());
            Assert.Equal(0, await peer.ReceiveAsync(buffer).Within());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Unread_input_does_not_destroy_the_last_answer()
    {
        var (transport, peer) = await CreateAsync();
        using var closing = peer;
        var stream = Streams.Over(transport);
        await peer.SendAsync("line\nnever read"u8.ToArray()).Within();
        await stream.ReadLineAsync().Within();
        await peer.SendAsync(new byte[10_000]).Within();
        await stream.WriteAsync("answer"u8).Within();
        await stream.CloseAsync().Within();
        await peer.SendAsync("and more"u8.ToArray()).Within();
        var buffer = new byte[10];
        Assert.Equal(6, await peer.ReceiveAsync(buffer).Within());
        Assert.Equal(0, await peer.ReceiveAsync(buffer).Within());
        peer.Shutdown(SocketShutdown.Send);
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task A_socket_lingers_for_a_bounded_time_and_an_abort_ends_that_at_once()
    {
        foreach (var abort in new[] { false, true })
        {
            var (transport, peer) = await CreateAsync();
            using var closing = peer;
            await peer.SendAsync(new byte[100]).Within();
            await transport.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).Within();
            var releasing = transport.DisposeAsync().AsTask();
            Assert.False(releasing.IsCompleted);
            var again = transport.DisposeAsync().AsTask();
            Assert.False(again.IsCompleted);
            if (abort) transport.Abort(null);
            await releasing.Within();
            await again.Within();
            // The peer has seen the end before: only its next send tells a reset from that.
            if (abort) await Assert.ThrowsAsync<SocketException>(() => peer.SendAsync(new byte[1]).Within());
            else Assert.Equal(1, await peer.SendAsync(new byte[1]).Within());
        }
    }

    [Fact]
    public async Task Disposed_after_the_peer_has_reset_it_just_ends()
    {
        var (transport, peer) = await CreateAsync();
        peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => transport.ReceiveAsync(new byte[1], CancellationToken.None).Within());
        await transport.DisposeAsync().Within();
        transport.Abort(null);
    }

    [Fact]
    public async Task A_socket_that_is_disposed_under_it_does_not_make_its_end_fail()
    {
        foreach (var abort in new[] { false, true })
        {
            var (client, server) = await Streams.TcpPairAsync();
            using var peer = client;
            var transport = StreamTransport.FromSocket(server);
            server.Dispose();
            if (abort) transport.Abort(null);
            await transport.DisposeAsync().Within();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_socket_that_is_not_owned_is_left_as_it_is(bool abort)
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        using var owner = server;
        var stream = Streams.Over(StreamTransport.FromSocket(server, ownsSocket: false));
        var reading = stream.ReadLineAsync().AsTask();
        if (abort) await stream.AbortAsync().Within();
        else await stream.CloseAsync().Within();
        await reading.ThrowsClosedAsync();
        await peer.SendAsync("for the owner"u8.ToArray()).Within();
        var buffer = new byte[20];
        Assert.Equal(13, await server.ReceiveAsync(buffer).Within());
        await server.SendAsync("from the owner"u8.ToArray()).Within();
        Assert.Equal(14, await peer.ReceiveAsync(buffer).Within());
    }

    [Fact]
    public async Task An_abort_ends_the_pending_send_of_a_socket_that_is_not_owned()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        using var owner = server;
        var transport = StreamTransport.FromSocket(server, ownsSocket: false);
        var sending = transport.SendAsync(new byte[64 << 20], CancellationToken.None).AsTask();
        Assert.False(sending.IsCompleted);
        transport.Abort(null);
        await sending.FailsAsync();
    }

    [Fact]
    public async Task What_is_no_connected_stream_socket_is_refused()
    {
        Assert.Equal("socket", Assert.Throws<ArgumentNullException>(() => StreamTransport.FromSocket(null!)).ParamName);
        using var unconnected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Contains("not connected", Refused(unconnected), StringComparison.Ordinal);
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagrams.Connect(new IPEndPoint(IPAddress.Loopback, 9));
        Assert.Contains("Dgram", Refused(datagrams), StringComparison.Ordinal);
        var (client, server) = await Streams.TcpPairAsync();
        client.Dispose();
        server.Dispose();
        Assert.Contains("closed", Refused(client), StringComparison.Ordinal);
    }

    private static string Refused(Socket socket)
    {
        var refused = Assert.Throws<ArgumentException>(() => StreamTransport.FromSocket(socket));
        Assert.Equal("socket", refused.ParamName);
        return refused.Message;
    }

    private static async Task<(StreamTransport Transport, Socket Peer)> CreateAsync()
    {
        var (client, server) = await Streams.TcpPairAsync();
        return (StreamTransport.FromSocket(server), client);
    }
}
