using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Records that no TLS library would send, before the handshake and behind it: the connection ends, in a word in the log, and nothing else.</summary>
public sealed class TlsGarbageTests : IDisposable
{
    private static readonly byte[] _hello = ClientHello.Of("localhost"u8.ToArray());

    private readonly LogCapture _log = new();

    public void Dispose() => _log.Dispose();

    public static TheoryData<string> Kinds =>
    [
        "a record of 65,535 bytes", "an empty record", "many empty records", "a record of data", "an alert", "a heartbeat", "a hello that is all zeros", "a hello that ends within",
        "a hello whose lengths lie", "a hello shorter than it says", "a session id that is too long", "ciphers that are too many", "compressions that are too many", "two hellos", "a hello of SSL 2", "a hello of TLS 9.9", "plain HTTP",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task In_place_of_a_hello_it_is_one_line_and_no_more(string kind)
    {
        await using var server = await StartAsync();
        await using var bad = await server.ConnectAsync();
        await SendAsync(bad, Garbage(kind));
        await bad.IsOverAsync();

        var line = await _log.FirstAsync(static entry => entry.Message.StartsWith("The TLS handshake of connection", StringComparison.Ordinal)).Within();
        Assert.Equal(LogLevel.Information, line.Level);
        await ServesAsync(server);
        Assert.Single(_log.Told());
        Assert.Empty(_log.Complaints);
    }

    /// <summary>The seed is in the failure; a hello with a few bytes changed may be a good one still, whose client then ends.</summary>
    [Fact]
    public async Task A_hello_with_any_bytes_changed_harms_nobody()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"Seed of {nameof(A_hello_with_any_bytes_changed_harms_nobody)}: {seed}"));
        var random = new Random(seed);
        await using var server = await StartAsync();
        for (var i = 0; i < 150; i++)
        {
            var hello = _hello.ToList();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                var at = random.Next(hello.Count);
                if (random.Next(4) == 0) hello.RemoveRange(at, hello.Count - at);
                else hello[at] = (byte)random.Next(256);
                if (hello.Count == 0) break;
            }

            await using var bad = await server.ConnectAsync();
            await SendAsync(bad, [.. hello]);
            await bad.IsOverAsync();
        }

        await ServesAsync(server);
        Assert.True(_log.Complaints.Count == 0, $"Seed {seed}: {string.Join(", ", _log.Complaints)}");
        Assert.All(_log.Told(), entry => Assert.StartsWith("The TLS handshake of connection", entry.Message, StringComparison.Ordinal));
    }

    /// <summary>At once, where it may come together with the end of the handshake, and later.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(100, false)]
    [InlineData(1, true)]
    [InlineData(7, true)]
    [InlineData(100, true)]
    public async Task Garbage_behind_the_handshake_is_no_data_and_no_error_of_the_server(int length, bool later)
    {
        for (var i = 0; i < 20; i++)
        {
            var log = new LogCapture();
            var heard = new Signal<string>();
            await using var server = await StartAsync(async stream => heard.Set(await HearAsync(stream, later)), log: log);
            await using var bad = await server.ConnectTlsAsync();
            if (later) await bad.HearsItselfAsync();
            // Past the session, and then the end of it.
            await bad.Socket!.SendAsync(Encoding.ASCII.GetBytes(new string('A', length))).WaitAsync(TimeSpan.FromSeconds(30));
            bad.Socket.Shutdown(SocketShutdown.Send);
            await bad.IsOverAsync();

            // It may have spoilt the handshake, of which the client sees the end first.
            var failed = log.FirstAsync(static entry => entry.Message.StartsWith("The TLS handshake of connection", StringComparison.Ordinal));
            var first = await Task.WhenAny(heard.Task, later ? heard.Task : failed).Within();
            Assert.True(first == failed || await heard.Task == "broken", "Garbage was data, or an end.");
            await server.CloseAsync().Within();
            Assert.Empty(log.Complaints);
        }
    }

    private static async Task<string> HearAsync(ConnectionStream stream, bool answer)
    {
        if (answer) await stream.WriteAsync(await stream.ReadLineAsync());
        try
        {
            return Encoding.Latin1.GetString(await stream.ReadToEndAsync());
        }
        catch (IOException)
        {
            return "broken";
        }
    }

    /// <summary>The body of a record is not waited for in a buffer of the size that its head claims, and not for ever.</summary>
    [Fact]
    public async Task A_hello_that_stalls_within_is_cut_by_the_handshake_timeout()
    {
        await using var server = await StartAsync(timeout: TimeSpan.FromSeconds(2));
        await using var bad = await server.ConnectAsync();
        await SendAsync(bad, _hello[..^1], end: false);
        await bad.IsOverAsync();

        Assert.Contains("took longer than 2 seconds", (await _log.HandshakeFailureAsync()).Message, StringComparison.Ordinal);
    }

    private static byte[] Garbage(string kind) => kind switch
    {
        "a record of 65,535 bytes" => [22, 3, 3, 0xFF, 0xFF, 1, .. new byte[65_534]],
        "an empty record" => ClientHello.Record(22, []),
        "many empty records" => [.. Enumerable.Repeat(ClientHello.Record(22, []), 1000).SelectMany(static record => record)],
        "a record of data" => ClientHello.Record(23, Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n")),
        "an alert" => ClientHello.Record(21, [2, 40]),
        "a heartbeat" => ClientHello.Record(24, [1, 0x40, 0]),
        "a hello that is all zeros" => ClientHello.Record(22, new byte[300]),
        "a hello that ends within" => _hello[..^5],
        "a hello whose lengths lie" => [.. _hello[..6], 0, 0xFF, 0xFF, .. _hello[9..]],
        // .NET's own parser throws at these four.
        "a hello shorter than it says" => Changed(8, 44),
        "a session id that is too long" => Changed(43, 38),
        "ciphers that are too many" => Changed(45, 48),
        "compressions that are too many" => Changed(50, 48),
        "two hellos" => [.. _hello, .. _hello],
        "a hello of SSL 2" => [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, .. new byte[37]],
        "a hello of TLS 9.9" => [.. _hello[..9], 9, 9, .. _hello[11..]],
        _ => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    };

    private static byte[] Changed(int at, byte value) => [.. _hello[..at], value, .. _hello[(at + 1)..]];

    private async Task<StreamServer> StartAsync(Func<ConnectionStream, Task>? serve = null, TimeSpan? timeout = null, LogCapture? log = null)
    {
        var options = TlsTalk.ServerOptions(log ?? _log);
        options.ShutdownTimeout = TimeSpan.FromSeconds(5);
        if (timeout is { } time) options.HandshakeTimeout = time;
        var server = new StreamServer(serve ?? Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        return server;
    }

    private static async Task SendAsync(ConnectionStream client, byte[] bytes, bool end = true)
    {
        try
        {
            await client.WriteAsync(bytes).Within();
            if (end) await client.WriteEofAsync().Within();
        }
        catch (IOException)
        {
            // The server has had enough of it already.
        }
    }

    private static async Task ServesAsync(StreamServer server)
    {
        await using var good = await server.ConnectTlsAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority });
        await good.HearsItselfAsync();
    }
}
