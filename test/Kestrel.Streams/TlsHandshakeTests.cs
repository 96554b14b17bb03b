using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Handshakes that fail or stall: one log line, connection gone, nobody else harmed.</summary>
public class TlsHandshakeTests
{
    private readonly LogCapture _log = new();

    public static TheoryData<bool> TcpAndUnix => AnyServer.TcpAndUnix;

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("")]
    public async Task What_is_no_TLS_is_one_log_line_and_harms_nobody_else(string garbage)
    {
        await using var server = Server();
        await server.StartServingAsync().Within();
        await using var bad = await server.ConnectAsync();
        if (garbage.Length > 0) await bad.WriteAsync(garbage).Within();
        await bad.WriteEofAsync().Within();
        await bad.IsOverAsync();

        var line = await _log.HandshakeFailureAsync();
        Assert.Contains(bad.LocalEndPoint!.ToString()!, line.Message, StringComparison.Ordinal);
        await AssertServesAsync(server, failures: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_resets_in_the_middle_is_one_log_line(bool hasBegun)
    {
        await using var server = Server();
        await server.StartServingAsync().Within();
        var bad = await server.ConnectAsync();
        // The beginning of a ClientHello, and then no more of it.
        if (hasBegun) await bad.WriteAsync("\u0016\u0003\u0001\u0002\0\u0001"u8).Within();
        await bad.AbortAsync().Within();

        await _log.HandshakeFailureAsync();
        await AssertServesAsync(server, failures: 1);
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_handshake_that_stalls_is_ended_by_its_timeout(bool unix)
    {
        var options = Options();
        options.HandshakeTimeout = TimeSpan.FromMilliseconds(100);
        await using var server = Server(unix, options);
        await server.StartServingAsync().Within();
        try
        {
            await using var stalled = await server.ConnectAsync();
            await stalled.IsOverAsync();
        }
        catch (StreamConnectException)
        {
            // On a busy machine the time may be over before this side has seen that it is connected.
        }

        Assert.Contains("longer than 0.1 seconds", (await _log.HandshakeFailureAsync()).Message, StringComparison.Ordinal);
        await server.CloseAsync().Within();
        Assert.Single(_log.Told());
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task Two_hundred_stalled_handshakes_hold_nobody_up(bool unix)
    {
        await using var server = Server(unix);
        await server.StartServingAsync().Within();
        var stalled = new List<ConnectionStream>();
        for (var i = 0; i < 200; i++) stalled.Add(await server.ConnectAsync());

        for (var i = 0; i < 10; i++)
        {
            await using var good = await server.ConnectTlsAsync();
            await good.HearsItselfAsync();
        }

        await server.AbortAsync().Within();
        foreach (var client in stalled)
        {
            await client.IsOverAsync();
            await client.AbortAsync().Within();
        }

        // The server has cut them itself: that is nothing to tell.
        Assert.Empty(_log.Told());
        Assert.Empty(_log.Complaints);
    }

    /// <summary>That a failed one leaves nothing behind: a close without a limit would wait for it.</summary>
    [Fact]
    public async Task A_hundred_that_fail_at_once_are_a_hundred_lines_and_leave_nobody_behind()
    {
        var options = Options();
        options.ShutdownTimeout = Timeout.InfiniteTimeSpan;
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await using var bad = await server.ConnectAsync();
            await bad.WriteAsync("GET / HTTP/1.0\r\n\r\n").Within();
            await bad.IsOverAsync();
        })).Within();

        await server.CloseAsync().Within();

        Assert.Equal(100, _log.Told().Count);
        Assert.Contains(_log.OfServer, static entry => entry.Message.StartsWith("Server StreamServer has closed: ", StringComparison.Ordinal) && entry.Message.EndsWith(" 0 were cut.", StringComparison.Ordinal));
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_name_that_the_selection_has_no_certificate_for_is_one_log_line()
    {
        var options = Options();
        options.Tls = new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = static (_, name) => name == "localhost" ? TestCertificates.Server : null!,
        };
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();
        await using var bad = await server.ConnectAsync();
        var unknown = TlsTalk.ClientOptions();
        unknown.TargetHost = "unknown.example";

        await Assert.ThrowsAnyAsync<Exception>(() => bad.StartTlsAsync(unknown).Within());

        Assert.Contains("certificate", (await _log.HandshakeFailureAsync()).Message, StringComparison.Ordinal);
        await AssertServesAsync(server, failures: 1);
    }

    [Fact]
    public async Task Sides_that_do_not_agree_are_one_log_line_with_the_reason()
    {
        var options = Options();
        options.Tls!.EnabledSslProtocols = SslProtocols.Tls13;
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();
        await using var old = await server.ConnectAsync();
        var oldOptions = TlsTalk.ClientOptions();
        oldOptions.EnabledSslProtocols = SslProtocols.Tls12;

        await Assert.ThrowsAsync<AuthenticationException>(() => old.StartTlsAsync(oldOptions).Within());

        Assert.Contains("unsupported protocol", (await _log.HandshakeFailureAsync()).Message, StringComparison.Ordinal);
        await AssertServesAsync(server, failures: 1);
    }

    /// <summary>A client looks at the certificate when the server may be done with the handshake: then it is the handler who is told.</summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_that_does_not_trust_the_server_is_no_error_of_the_server(SslProtocols version)
    {
        var told = new Signal<Exception>();
        await using var server = AnyServer.Of(
            unix: false,
            async (stream, _) =>
            {
                told.Set(await Assert.ThrowsAnyAsync<Exception>(() => Talk.EchoAsync(stream)));
                await Talk.EchoAsync(stream);
            },
            Options());
        await server.StartServingAsync().Within();
        await using var distrustful = await server.ConnectAsync();

        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version };
        await Assert.ThrowsAsync<AuthenticationException>(() => distrustful.StartTlsAsync(options).Within());

        Assert.IsType<IOException>(await told.Task.Within());
        await server.CloseAsync().Within();
        Assert.Empty(_log.Told());
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_selection_that_throws_or_gives_a_certificate_without_its_key_is_an_error_of_the_server(bool throws)
    {
        using var keyless = X509CertificateLoader.LoadCertificate(TestCertificates.Server.Export(X509ContentType.Cert));
        var options = Options();
        options.Tls = new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, _) => throws ? throw new InvalidOperationException("from the selection") : keyless,
        };
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync(TlsTalk.ClientOptions()).Within());

        var entry = await _log.FirstAsync(static entry => entry.Level == LogLevel.Error).Within();
        Assert.IsType(throws ? typeof(InvalidOperationException) : typeof(NotSupportedException), entry.Error!.GetBaseException());
        await server.CloseAsync().Within();
        Assert.Single(_log.Told());
    }

    [Fact]
    public async Task With_a_plain_callable_the_handshake_comes_first()
    {
        var connected = new Signal<ConnectionStream>();
        await using var server = StreamServer.FromCallback(connected.Set, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectTlsAsync();
        var stream = await connected.Task.Within();
        Assert.True(stream.Tls!.IsAuthenticated);

        await stream.WriteAsync("hello\n").Within();
        await stream.CloseAsync().Within();

        Assert.Equal("hello\n", await client.HearAllAsync());
    }

    private static async Task GoodAsync(StreamServerBase server)
    {
        await using var good = await server.ConnectTlsAsync();
        await good.HearsItselfAsync();
        await good.CloseAsync().Within();
    }

    /// <summary>And has told of so many failures, and of nothing else.</summary>
    private async Task AssertServesAsync(StreamServerBase server, int failures)
    {
        await GoodAsync(server);
        await server.CloseAsync().Within();
        Assert.Equal(failures, _log.Told().Count);
        Assert.Empty(_log.Complaints);
    }

    private StreamServerBase Server(bool unix = false, StreamServerOptions? options = null) =>
        AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), options ?? Options());

    private StreamServerOptions Options() => TlsTalk.ServerOptions(_log);
}
