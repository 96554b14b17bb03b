using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// No byte of a peer gets into a log, down to Trace, whatever goes wrong; a peer's name, which says who it was, is there in print; and what
/// the wire log shows is print too.
/// </summary>
public sealed class PeerBytesInLogsTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TraceOfAll _trace = new();
    private readonly TempDirectory _directory = new();

    public void Dispose()
    {
        _trace.Dispose();
        _directory.Dispose();
    }

    public static TheoryData<string, bool> Failures => new MatrixTheoryData<string, bool>(
        ["a line over the limit", "a record that ends within", "a count that ends within", "text that is none", "a reset", "a time that is over", "no failure"], [false, true]);

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Of_what_a_handler_has_read_nothing_is_logged(string failure, bool tls)
    {
        var time = new ManualTime();
        var options = Options(options =>
        {
            (options.Limit, options.TimeProvider) = (64, time);
            if (failure == "a time that is over") options.ReadTimeout = 10 * _second;
            if (tls) options.Tls = new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server };
        });
        var (entered, ended) = (new Signal(), new Signal());
        await using var server = new StreamServer(
            async (stream, _) =>
            {
                entered.Set();
                try
                {
                    await ReadAsync(stream, failure);
                }
                finally
                {
                    ended.Set();
                }
            },
            "127.0.0.1",
            options: options);
        await server.StartServingAsync().Within();
        var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync();
        await entered.Task.Within();

        await client.WriteAsync(failure == "a line over the limit" ? [.. Hostile.Bytes, .. Hostile.Bytes] : Hostile.Bytes).Within();
        if (failure == "a time that is over")
        {
            while (!_trace.MessagesOf("Kestrel.Streams.Server").Any(static message => message.Contains("is over a timeout: Read", StringComparison.Ordinal)))
            {
                time.Advance(_second);
                await Task.Yield();
            }
        }

        if (failure == "text that is none") await client.WriteAsync("\n").Within();
        if (failure == "a reset") await client.AbortAsync().Within();
        else await client.CloseAsync().Within();
        await ended.Task.Within();
        await server.CloseAsync().Within();

        Assert.Equal(failure != "no failure", _trace.All.Any(static entry => entry.Kind == "exception"));
        Hostile.AssertNothingIn(_trace);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0016\u0003\u0001\u0000\u0040")]
    [InlineData("GET /")]
    public async Task Of_what_is_no_handshake_nothing_is_logged(string beginning)
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(static options => options.Tls = new() { ServerCertificate = TestCertificates.Server }));
        await AttackAsync(server, [.. Encoding.Latin1.GetBytes(beginning), .. Hostile.Bytes, .. new byte[64]]);

        Assert.Contains(_trace.MessagesOf("Kestrel.Streams.Server"), static message => message.StartsWith("The TLS handshake of connection", StringComparison.Ordinal));
        Hostile.AssertNothingIn(_trace);
    }

    [Theory]
    [InlineData(Hostile.Mark)]
    [InlineData(Hostile.Name)]
    public async Task Of_the_name_that_a_client_of_TLS_asks_for_nothing_is_logged(string name)
    {
        var asked = new Signal();
        var options = Options(options => options.Tls = new()
        {
            ServerCertificateSelectionCallback = (_, _) =>
            {
                asked.Set();
                return null!;
            },
        });
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await AttackAsync(server, ClientHello.Of(Encoding.UTF8.GetBytes(name)));

        Assert.True(asked.Task.IsCompleted || name != Hostile.Mark, "No certificate was asked for.");
        Assert.Contains(_trace.MessagesOf("Kestrel.Streams.Server"), static message => message.StartsWith("The TLS handshake of connection", StringComparison.Ordinal));
        Hostile.AssertNothingIn(_trace);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY ")]
    [InlineData("PROXY TCP4 ")]
    [InlineData("PROXY TCP6 ::1 ::1 1 ")]
    [InlineData("PROXY UNKNOWN ")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u0000\u0020")]
    public async Task Of_a_header_of_the_PROXY_protocol_nothing_is_logged(string beginning)
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(static options => options.ProxyProtocol = new()));
        await AttackAsync(server, [.. Encoding.Latin1.GetBytes(beginning), .. Hostile.Bytes, .. "\r\n"u8]);

        Hostile.AssertNothingIn(_trace);
    }

    [Fact]
    public async Task The_name_that_a_proxy_tells_is_logged_in_print()
    {
        await using var server = new StreamServer(static stream => Talk.FailAsync(stream, new InvalidOperationException("as told")), "127.0.0.1", options: Options(static options => options.ProxyProtocol = new()));
        var (source, destination) = (new UnixDomainSocketEndPoint("/" + Hostile.Name), new UnixDomainSocketEndPoint("\0" + Hostile.Name));
        await AttackAsync(server, [.. ProxyBytes.Binary(source, destination), .. "fail\n"u8]);

        Assert.Contains(_trace.MessagesOf("Kestrel.Streams.Server"), static message => message.Contains($"from /{Hostile.Mark}\\u000A\\u001B[31m\\u000D{{0}}{{Peer}}\\u0085\\u009B\\u2028\\u202E%n failed", StringComparison.Ordinal));
        Hostile.AssertPrintable(_trace);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_name_of_a_Unix_peer_is_logged_in_print(bool isAbstract)
    {
        var name = (isAbstract ? "\0" : _directory["c"]) + Hostile.Name;
        var options = Options(static options => options.MaxConnections = 1);
        await using var server = new UnixStreamServer(static stream => Talk.FailAsync(stream, new InvalidOperationException("as told")), _directory["s"], options);
        await server.StartServingAsync().Within();
        using var served = Hostile.ConnectUnix(server, name + "1");
        await Served(server);
        // Told when it fails, and when it is rejected.
        using var rejected = Hostile.ConnectUnix(server, name + "2");
        await EndAsync(rejected);
        await served.SendAsync("fail\n"u8.ToArray()).Within();
        await EndAsync(served);
        await server.CloseAsync().Within();

        var shown = $"{Hostile.Mark}\\u000A\\u001B[31m\\u000D{{0}}{{Peer}}\\u0085\\u009B\\u2028\\u202E%n";
        Assert.Contains(_trace.MessagesOf("Kestrel.Streams.Server"), message => message.Contains($"{shown}1 failed", StringComparison.Ordinal));
        Assert.Contains(_trace.MessagesOf("Kestrel.Streams.Server"), message => message.Contains($"{shown}2 to ", StringComparison.Ordinal));
        Hostile.AssertPrintable(_trace);
    }

    /// <summary>What a handler throws is its own: it is logged as the exception that it is, and our sentence about it quotes nothing.</summary>
    [Fact]
    public async Task What_a_handler_quotes_in_its_exception_is_in_the_exception_only()
    {
        await using var server = new StreamServer(
            static async stream => throw new InvalidOperationException(Encoding.UTF8.GetString(await stream.ReadAsync(100))), "127.0.0.1", options: Options());
        await AttackAsync(server, Hostile.Bytes);

        Assert.Contains(_trace.All, static entry => entry.Kind == "exception" && entry.Text.Contains(Hostile.Mark, StringComparison.Ordinal));
        Assert.DoesNotContain(_trace.All, static entry => entry.Kind != "exception" && entry.Text.Contains(Hostile.Mark, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_wire_log_is_print_and_the_only_place_of_the_bytes(bool tls)
    {
        var options = Options(options =>
        {
            options.WireLog = static _ => true;
            if (tls) options.Tls = new() { ServerCertificate = TestCertificates.Server };
        });
        await using var server = new StreamServer(static async stream => await stream.WriteAsync(await stream.ReadExactlyAsync(Hostile.Bytes.Length)), "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        await using var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync();
        await client.WriteAsync(Hostile.Bytes).Within();
        Assert.Equal(Hostile.Bytes, await client.ReadExactlyAsync(Hostile.Bytes.Length).Within());
        await server.CloseAsync().Within();

        var wire = _trace.MessagesOf(WireLogExtensions.Category);
        Assert.Contains(wire, static message => message.Contains($"{Convert.ToHexStringLower("zq"u8)} ", StringComparison.Ordinal));
        Assert.All(wire, static message => Assert.All(message, static letter => Assert.True(letter is '\n' or (>= ' ' and <= '~'), $"U+{(int)letter:X4}")));
        Assert.DoesNotContain(_trace.All, static entry => entry.Category != WireLogExtensions.Category && entry.Text.Contains(Hostile.Mark, StringComparison.Ordinal));
    }

    private static async Task ReadAsync(ConnectionStream stream, string failure)
    {
        if (failure == "a record that ends within") await stream.ReadUntilAsync("never"u8);
        if (failure == "a count that ends within") await stream.ReadExactlyAsync(10_000);
        if (failure == "text that is none") while (await stream.ReadLineAsync(_strict) is not null) continue;
        if (failure is "a line over the limit" or "a time that is over") while ((await stream.ReadUntilAsync(0xFE)).Length > 0) continue;
        await stream.ReadToEndAsync();
    }

    /// <summary>Sends it to a server and its end behind it; when this returns, the connection and the server have ended.</summary>
    private static async Task AttackAsync(StreamServer server, byte[] bytes)
    {
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync(bytes).Within();
            await client.WriteEofAsync().Within();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
    }

    private static async Task Served(StreamServerBase server)
    {
        while (server.ConnectionCount == 0) await Task.Yield();
    }

    private static async Task EndAsync(Socket socket)
    {
        var buffer = new byte[100];
        while (await socket.ReceiveAsync(buffer).Within() > 0) continue;
    }

    private StreamServerOptions Options(Action<StreamServerOptions>? configure = null)
    {
        var options = new StreamServerOptions { LoggerFactory = _trace.Factory, ShutdownTimeout = 5 * _second };
        configure?.Invoke(options);
        return options;
    }
}
