using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>Handshakes that do not come to an end.</summary>
public class ConnectTlsHandshakeTests
{
    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_HandshakeTimeout()
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, Options(TimeSpan.FromSeconds(0.2)));
        using var peer = await listener.AcceptAsync();

        var error = await Assert.ThrowsAsync<IOException>(() => connecting).Within();
        Assert.Contains("took longer than 0.2 seconds", error.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);

        await TlsServer.AssertGoneAsync(peer);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_leaves_no_socket()
    {
        using var listener = Listener.Tcp();
        using var source = new CancellationTokenSource();
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, Options(), source.Token);
        using var peer = await listener.AcceptAsync();
        Assert.NotEqual(0, await peer.ReceiveAsync(new byte[1]).Within()); // the handshake has begun

        await source.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within();
        Assert.Equal(source.Token, error.CancellationToken);
        await TlsServer.AssertGoneAsync(peer);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_closes_a_socket_that_was_given_to_it()
    {
        using var listener = Listener.Tcp();
        using var source = new CancellationTokenSource();
        var socket = listener.Connect();
        var options = Options();
        options.ServerHostname = "localhost";
        var connecting = StreamClient.ConnectAsync(socket, options, source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within();
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_leaves_in_the_middle_is_an_IOException(bool reset)
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, Options());
        var peer = await listener.AcceptAsync();
        await peer.ReceiveAsync(new byte[10000]).Within();

        if (reset)
            peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() => connecting).Within();
    }

    [Fact]
    public async Task A_server_that_speaks_something_else_is_refused()
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, Options());
        using var peer = await listener.AcceptAsync();
        await peer.SendAsync("220 printer ESMTP ready when you are\r\n"u8.ToArray()).Within();

        await Assert.ThrowsAsync<AuthenticationException>(() => connecting).Within();

        await TlsServer.AssertGoneAsync(peer);
    }

    [Fact]
    public async Task ConnectTimeout_is_over_when_the_handshake_begins()
    {
        using var listener = Listener.Tcp();
        var time = new ManualTime();
        var options = Options();
        options.Time = time;
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, options);
        using var peer = await listener.AcceptAsync();
        var first = new byte[1];
        Assert.Equal(1, await peer.ReceiveAsync(first, SocketFlags.Peek).Within());

        time.Advance(TimeSpan.FromDays(1));

        await using var server = await TlsServer.ShakeHandsAsync(peer);
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
    }

    private static StreamClientOptions Options(TimeSpan? handshakeTimeout = null)
    {
        var options = new StreamClientOptions { Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority } };
        if (handshakeTimeout is { } timeout)
            options.HandshakeTimeout = timeout;
        return options;
    }
}
