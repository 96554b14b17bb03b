using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A server behind a proxy: what its handlers see, and what they never see.</summary>
public sealed class ProxyServerTests : IDisposable
{
    private static readonly IPEndPoint _source = IPEndPoint.Parse("192.0.2.1:56324");
    private static readonly IPEndPoint _destination = IPEndPoint.Parse("192.0.2.2:443");

    private readonly LogCapture _log = new();
    private int _handled;

    public static TheoryData<bool, bool> TextOrBinaryOverTcpOrUnix => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(TextOrBinaryOverTcpOrUnix))]
    public async Task The_handler_sees_the_addresses_of_the_client_and_all_that_follows_the_header(bool text, bool unix)
    {
        await using var server = await StartAsync(unix: unix);
        await using var client = await server.ConnectAsync();
        // In one piece, as a proxy that has data at once may send it.
        await client.WriteAsync((byte[])[.. Header(text), .. "hello\n"u8]).Within();

        Assert.Equal("hello from 192.0.2.1:56324 to 192.0.2.2:443\n", await client.HearLineAsync());
        await client.WriteAsync("again\n").Within();
        Assert.StartsWith("again from ", await client.HearLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TextOrBinaryOverTcpOrUnix))]
    public async Task A_header_may_come_byte_by_byte(bool text, bool unix)
    {
        await using var server = await StartAsync(unix: unix, limit: 1024);
        await using var client = await server.ConnectAsync();

        foreach (var item in (byte[])[.. Header(text), .. "hello\n"u8]) await client.WriteAsync((byte[])[item]).Within();

        Assert.Equal("hello from 192.0.2.1:56324 to 192.0.2.2:443\n", await client.HearLineAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_TLS_handshake_follows_the_header(bool text)
    {
        var options = TlsTalk.ServerOptions(_log);
        await using var server = await StartAsync(options);
        await using var client = await server.ConnectAsync();
        await client.WriteAsync(Header(text)).Within();
        await client.StartTlsAsync(TlsTalk.ClientOptions()).Within();

        await client.WriteAsync("hello\n").Within();

        Assert.Equal("hello from 192.0.2.1:56324 to 192.0.2.2:443\n", await client.HearLineAsync());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task What_the_header_tells_stays_when_the_stream_is_closed()
    {
        var served = new Signal<ConnectionStream>();
        await using var server = new StreamServer(
            stream =>
            {
                served.Set(stream);
                return Task.CompletedTask;
            },
            "127.0.0.1", 0, new StreamServerOptions { ProxyProtocol = new() });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.WriteAsync(ProxyBytes.Binary(_source, _destination, (0x02, "example.org"u8.ToArray()))).Within();
        var stream = await served.Task.Within();
        await stream.WaitClosedAsync().Within();

        Assert.Equal(_source, stream.RemoteEndPoint);
        Assert.Equal(_source, stream.GetExtraInfo("peername"));
        Assert.Equal(_destination, stream.LocalEndPoint);
        Assert.Equal(_destination, stream.GetExtraInfo("sockname"));
        Assert.Equal("example.org", Assert.IsType<ProxyHeader>(stream.GetExtraInfo("proxy")).Authority);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0")] // LOCAL
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\0\0\0")] // PROXY of an unknown family
    public async Task Without_an_address_in_the_header_the_real_ones_stay(string header)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();

        await client.WriteAsync(header + "hello\n").Within();

        Assert.Equal($"hello from {client.LocalEndPoint} to {client.RemoteEndPoint}\n", await client.HearLineAsync());
    }

    [Theory]
    [InlineData("EHLO example.org\r\n", "it does not begin with a PROXY header")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 056324 443\r\n", "its PROXY line has not the form that the specification gives")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\n", "its PROXY line ends without CR and LF")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0011\u0011\0\u000c", "its PROXY header is of version 1, not 1 or 2")]
    public async Task What_is_no_header_is_refused_at_once(string bytes, string why)
    {
        await using var server = await StartAsync();

        await IsResetAsync(server, bytes);

        await RefusedAsync(server, LogLevel.Information, $@"^Connection \S+ from 127\.0\.0\.1:\d+ is refused \(proxy_invalid\): {why}\.$");
    }

    [Theory]
    [InlineData(true, 41)]
    [InlineData(false, 27)]
    public async Task A_header_that_is_cut_is_refused(bool text, int length)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();

        await client.WriteAsync(Header(text)[..^1]).Within();
        await client.WriteEofAsync().Within();
        await client.SeesResetAsync();

        await RefusedAsync(server, LogLevel.Information, $@"\(proxy_invalid\): it ended within its PROXY header, after {length} bytes\.$");
    }

    [Fact]
    public async Task A_header_that_a_reset_cuts_is_refused()
    {
        // Without a server: it could accept the connection after its reset, and know nothing of it any more.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using var client = await StreamClient.ConnectAsync(listener.LocalEndPoint!).Within();
        await using var stream = ConnectionStream.Create(StreamTransport.FromSocket(await listener.AcceptAsync().Within()));
        var admission = new ProxyGate(new ProxyProtocolOptions(), TimeProvider.System).AdmitAsync(stream, _log.CreateLogger("admission"), CancellationToken.None).AsTask();
        await client.WriteAsync("PROXY TCP4 192").Within();
        while (stream.BytesReceived == 0) await Task.Yield();

        await client.AbortAsync().Within();

        Assert.Equal("proxy_invalid", await admission.Within());
        var entry = Assert.Single(_log.All, static entry => entry.Category == "admission");
        Assert.Equal(LogLevel.Information, entry.Level);
        Assert.EndsWith("is refused (proxy_invalid): it broke within its PROXY header.", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_monitor_that_only_connects_is_no_matter_for_the_log()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();

        await client.WriteEofAsync().Within();
        await client.IsOverAsync();

        await RefusedAsync(server, LogLevel.Debug, @"\(proxy_invalid\): it ended without a byte");
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 192.0.2.1")]
    public async Task A_header_that_does_not_come_in_time_is_refused(string part)
    {
        await using var server = await StartAsync(timeout: TimeSpan.FromMilliseconds(100));

        await IsResetAsync(server, part);

        await RefusedAsync(server, LogLevel.Information, @"\(proxy_timeout\): no whole PROXY header has come within 0\.1 seconds\.$");
    }

    [Fact]
    public async Task Who_is_not_trusted_is_refused_before_its_header_is_read()
    {
        await using var server = await StartAsync(trusted: ["10.0.0.0/8", "::/0"]);

        await IsResetAsync(server);

        await RefusedAsync(server, LogLevel.Warning, @"\(proxy_untrusted\): it is none of the trusted sources of the PROXY protocol; if it is your proxy, add it to TrustedSources\.$");
    }

    [Fact]
    public async Task Nobody_but_Unix_peers_is_trusted_when_the_list_is_empty()
    {
        await using (var tcp = await StartAsync(trusted: []))
            await IsResetAsync(tcp);

        await using var unix = await StartAsync(trusted: [], unix: true);
        await using var peer = await unix.ConnectAsync();
        await peer.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();
        Assert.StartsWith("hello from 192.0.2.1:56324", await peer.HearLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_of_IPv4_holds_for_its_addresses_on_an_IPv6_socket()
    {
        await using var server = await StartDualAsync("127.0.0.1/32");
        await using var client = await StreamClient.ConnectAsync("127.0.0.1", server.Port()).Within();

        await client.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();

        Assert.StartsWith("hello from 192.0.2.1:56324", await client.HearLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_IPv4_address_on_an_IPv6_socket_is_not_trusted()
    {
        await using var server = await StartDualAsync("127.0.0.2/32");

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var client = await StreamClient.ConnectAsync("127.0.0.1", server.Port()).Within();
            await client.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();
            await client.ReadToEndAsync().Within();
        });

        await RefusedAsync(server, LogLevel.Warning, @"\(proxy_untrusted\)");
    }

    [Fact]
    public async Task The_addresses_of_the_header_are_those_that_are_counted()
    {
        await using var server = await StartAsync(new StreamServerOptions { MaxConnectionsPerAddress = 1, PartingBytes = "full\n"u8.ToArray() });
        await using var first = await server.ConnectAsync();
        await first.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();
        await first.HearLineAsync();

        await using var same = await server.ConnectAsync();
        await same.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();
        Assert.Equal("full\n", await same.HearLineAsync());

        await using var other = await server.ConnectAsync();
        await other.WriteAsync((byte[])[.. ProxyBytes.Text(IPEndPoint.Parse("192.0.2.9:1"), _destination), .. "hello\n"u8]).Within();
        Assert.StartsWith("hello from 192.0.2.9:1 ", await other.HearLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_header_and_blames_nobody()
    {
        await using var server = await StartAsync(timeout: Timeout.InfiniteTimeSpan);
        await using var client = await server.ConnectAsync();
        await client.WriteAsync("PROXY TCP4 ").Within();
        // It is accepted, because this one was accepted after it.
        await using (var next = await server.ConnectAsync())
        {
            await next.WriteAsync((byte[])[.. Header(text: true), .. "hello\n"u8]).Within();
            await next.HearLineAsync();
        }

        await server.CloseAsync().Within(TimeSpan.FromSeconds(10));

        await client.IsOverAsync();
        Assert.Contains(_log.OfServer, static entry => entry.Message.Contains("(stopping): the server stops", StringComparison.Ordinal) && entry.Level == LogLevel.Debug);
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public void A_timeout_that_no_timer_can_count_is_refused()
    {
        var options = new ProxyProtocolOptions();

        Assert.Throws<ArgumentOutOfRangeException>(() => options.Timeout = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Timeout = TimeSpan.FromDays(50));
        Assert.Equal(TimeSpan.FromSeconds(5), options.Timeout);
        Assert.Equal(["127.0.0.0/8", "::1/128"], options.TrustedSources.Select(static network => network.ToString()));
    }

    private static byte[] Header(bool text) => text ? ProxyBytes.Text(_source, _destination) : ProxyBytes.Binary(_source, _destination);

    private static ProxyProtocolOptions Trusting(string[]? trusted, TimeSpan? timeout = null)
    {
        // A slow machine may take its time: what is about time says so.
        var options = new ProxyProtocolOptions { Timeout = timeout ?? TimeSpan.FromMinutes(1) };
        if (trusted is null) return options;
        options.TrustedSources.Clear();
        foreach (var network in trusted) options.TrustedSources.Add(IPNetwork.Parse(network));
        return options;
    }

    private async Task<StreamServer> StartDualAsync(string trusted)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        var server = new StreamServer(
            AnswerAsync, options: new StreamServerOptions { Socket = socket, ProxyProtocol = Trusting([trusted]), LoggerFactory = _log.Factory });
        await server.StartServingAsync().Within();
        return server;
    }

    private async Task<StreamServerBase> StartAsync(
        StreamServerOptions? options = null, bool unix = false, string[]? trusted = null, TimeSpan? timeout = null, int limit = ConnectionStream.DefaultLimit)
    {
        options ??= new StreamServerOptions();
        options.Limit = limit;
        options.LoggerFactory = _log.Factory;
        options.ProxyProtocol = Trusting(trusted, timeout);
        var server = AnyServer.Of(unix, (stream, _) => AnswerAsync(stream), options);
        await server.StartServingAsync().Within();
        return server;
    }

    private async Task AnswerAsync(ConnectionStream stream)
    {
        Interlocked.Increment(ref _handled);
        while (await stream.ReadLineAsync(System.Text.Encoding.UTF8) is { } line)
            await stream.WriteAsync($"{line} from {stream.RemoteEndPoint} to {stream.LocalEndPoint}\n");
    }

    /// <summary>The server cuts the connection, perhaps before the client knows that it has one.</summary>
    private static async Task IsResetAsync(StreamServerBase server, string bytes = "")
    {
        var error = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var client = await server.ConnectAsync();
            await client.WriteAsync(bytes).Within();
            await client.ReadToEndAsync().Within();
        });
        // The latter is what a write sees.
        Assert.True(error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown }, error.ToString());
    }

    /// <summary>There is one line in the log for it, and no handler was called.</summary>
    private async Task RefusedAsync(StreamServerBase server, LogLevel level, string pattern)
    {
        await server.CloseAsync().Within();
        // Nothing else than this and the end of the server is worth an operator's look.
        var entry = Assert.Single(_log.OfServer, entry => entry.Level >= level && !entry.Message.StartsWith("Server ", StringComparison.Ordinal) && !entry.Message.StartsWith("Listening ", StringComparison.Ordinal));
        Assert.Equal(level, entry.Level);
        Assert.Matches(pattern, entry.Message);
        Assert.Equal(0, _handled);
    }
}
