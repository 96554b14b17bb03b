using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public sealed class LimitsTests : IDisposable
{
    private readonly LogCapture _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_connection_over_the_limit_gets_the_parting_bytes_and_the_end(bool unix)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), Options(max: 2, parting: "421 too many\r\n"));
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await two.HearsItselfAsync();

        await using var three = await server.ConnectAsync();
        // Input that nobody reads must not destroy the answer; a Unix peer that is late cannot write any more.
        if (!unix) await three.WriteAsync("is anybody there?\n").Within();

        Assert.Equal("421 too many\r\n", await three.HearAllAsync());
        await one.HearsItselfAsync();
        Assert.Equal(2, server.ConnectionCount);
    }

    [Fact]
    public async Task Where_one_has_ended_another_is_served()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(max: 1));
        await server.StartServingAsync().Within();

        for (var i = 0; i < 50; i++)
        {
            await using var client = await ServedAsync(server);
            await client.WriteEofAsync().Within();
            Assert.Equal("", await client.HearAllAsync());
        }
    }

    [Fact]
    public async Task A_full_server_warns_once_until_there_is_room_again()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(max: 1));
        await server.StartServingAsync().Within();
        for (var i = 0; i < 2; i++)
        {
            await using var client = await ServedAsync(server);
            for (var j = 0; j < 5; j++)
            {
                await using var rejected = await server.ConnectAsync();
                Assert.Equal("", await rejected.HearAllAsync());
            }
        }

        var warnings = _log.OfServer.Where(static entry => entry.Level == LogLevel.Warning).Select(static entry => entry.Message).ToList();
        const string Full = "Server StreamServer is full: it has its 1 connections (MaxConnections), and rejects more until one ends.";
        Assert.Equal([Full, Full], warnings);
        Assert.True(_log.OfServer.Count(static entry => entry.Message.Contains("is rejected: the server is full", StringComparison.Ordinal)) >= 10);
    }

    [Fact]
    public async Task A_flood_of_rejected_connections_does_not_disturb_the_others()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(max: 1, parting: "no\n", backlog: 1000));
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();

        var flood = Task.WhenAll(Enumerable.Range(0, 500).Select(async _ =>
        {
            await using var rejected = await server.ConnectAsync();
            await rejected.IsOverAsync();
        }));
        for (var i = 0; i < 100; i++) await client.HearsItselfAsync($"line {i}");

        await flood.Within();
        await client.HearsItselfAsync();
        Assert.Equal(1, server.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_server_that_waits_serves_the_next_one_when_there_is_room(bool unix)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), Options(max: 1, whenFull: WhenFull.Wait));
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await using var two = await server.ConnectAsync();
        await two.WriteAsync("hello\n").Within();
        var answer = two.HearLineAsync();
        await _log.FirstAsync(static entry => entry.Message.Contains("accepts no more until one ends", StringComparison.Ordinal)).Within();
        await one.HearsItselfAsync();
        Assert.False(answer.IsCompleted);

        await one.CloseAsync().Within();

        Assert.Equal("hello\n", await answer.Within());
    }

    [Fact]
    public async Task A_server_that_waits_for_room_closes_like_any_other()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: Options(max: 1, whenFull: WhenFull.Wait));
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await _log.FirstAsync(static entry => entry.Message.Contains("accepts no more until one ends", StringComparison.Ordinal)).Within();

        await server.CloseAsync().Within();

        Assert.Equal("", await one.HearAllAsync());
        Assert.Equal(0, server.ConnectionCount);
    }

    [Fact]
    public async Task One_address_may_have_so_many_and_others_are_not_concerned()
    {
        var options = Options(parting: "enough\n");
        options.MaxConnectionsPerAddress = 2;
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        await using var one = await ConnectFromAsync(server, "127.0.0.1");
        await using var two = await ConnectFromAsync(server, "127.0.0.1");
        await one.HearsItselfAsync();
        await two.HearsItselfAsync();

        await using var three = await ConnectFromAsync(server, "127.0.0.1");
        Assert.Equal("enough\n", await three.HearAllAsync());
        await using var other = await ConnectFromAsync(server, "127.0.0.2");
        await other.HearsItselfAsync();

        await one.CloseAsync().Within();
        await using var next = await ServedAsync(server);
        Assert.Contains(_log.OfServer, static entry => entry.Message.Contains("127.0.0.1 is rejected: the address has its 2 connections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_over_its_limit_takes_no_place_of_the_others()
    {
        var options = Options(max: 3, backlog: 1000);
        options.MaxConnectionsPerAddress = 1;
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        await using var one = await ConnectFromAsync(server, "127.0.0.1");
        await one.HearsItselfAsync();
        // Each has unread input, with which a close takes its time.
        var flood = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var rejected = await ConnectFromAsync(server, "127.0.0.1");
            await rejected.WriteAsync("is anybody there?\n").Within();
            return rejected;
        }));

        await using var other = await ConnectFromAsync(server, "127.0.0.2");

        await other.HearsItselfAsync();
        await one.HearsItselfAsync();
        foreach (var rejected in flood) await rejected.DisposeAsync();
    }

    [Fact]
    public async Task All_endpoints_share_the_pace()
    {
        var time = new ManualTime();
        var options = Options();
        (options.MaxAcceptsPerSecond, options.TimeProvider) = (2, time);
        options.Hosts.Add("127.0.0.1");
        options.Hosts.Add("127.0.0.2");
        await using var server = new StreamServer(Talk.EchoAsync, options: options);
        await server.StartServingAsync().Within();

        // The first one's turn was now and the other's half a second later: until then it accepts nobody.
        await time.TimerAsync(TimeSpan.FromSeconds(0.5)).Within();
        Assert.Equal(1, time.TimerCount);
    }

    [Fact]
    public async Task An_endpoint_with_TLS_sends_no_parting_bytes()
    {
        var options = Options(max: 1, parting: "421 too many\r\n");
        options.Tls = new() { ServerCertificate = TestCertificates.Server };
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        await using var one = await StreamClient.ConnectAsync(
            server.EndPoints[0], new() { Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority }, ServerHostname = "localhost" }).Within();
        await one.HearsItselfAsync();

        await using var two = await server.ConnectAsync();

        Assert.Equal("", await two.HearAllAsync());
    }

    [Fact]
    public async Task So_many_are_accepted_in_a_second()
    {
        var time = new ManualTime();
        var options = Options();
        (options.MaxAcceptsPerSecond, options.TimeProvider) = (2, time);
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: options);
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await two.WriteAsync("hello\n").Within();
        var answer = two.HearLineAsync();

        await time.TimerAsync(TimeSpan.FromSeconds(0.5)).Within();
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal("hello\n", await answer.Within());
    }

    [Fact]
    public async Task After_a_quiet_time_a_tenth_of_a_second_comes_at_once()
    {
        var time = new ManualTime();
        var pace = new AcceptPace(100, time);
        await PassesAsync(10);

        time.Advance(TimeSpan.FromSeconds(1000));
        await PassesAsync(10);

        async Task PassesAsync(int count)
        {
            for (var i = 0; i < count; i++) await pace.WaitAsync(CancellationToken.None).Within();
            var next = pace.WaitAsync(CancellationToken.None);
            Assert.False(next.IsCompleted);
            await time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(10));
            await next.Within();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_pace_that_is_none_is_refused(double pace) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { MaxAcceptsPerSecond = pace });

    [Fact]
    public void Limits_of_nothing_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { MaxConnections = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { MaxConnectionsPerAddress = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { IdleTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { DrainDelay = TimeSpan.FromSeconds(-1) });
    }

    /// <summary>A connection that is served: one that has just ended may keep its place for a moment, and the next be rejected.</summary>
    private static async Task<ConnectionStream> ServedAsync(StreamServerBase server)
    {
        while (true)
        {
            var client = await server.ConnectAsync();
            try
            {
                await client.WriteAsync("hello\n").Within();
                if (await client.HearLineAsync() == "hello\n") return client;
            }
            catch (IOException)
            {
                // Rejected.
            }

            await client.DisposeAsync();
        }
    }

    private static Task<ConnectionStream> ConnectFromAsync(StreamServerBase server, string address) =>
        StreamClient.ConnectAsync(server.EndPoints[0], new() { LocalEndPoint = new IPEndPoint(IPAddress.Parse(address), 0) }).Within();

    private StreamServerOptions Options(int? max = null, string parting = "", WhenFull whenFull = WhenFull.Reject, int backlog = 100) => new()
    {
        MaxConnections = max,
        PartingBytes = Encoding.UTF8.GetBytes(parting),
        WhenFull = whenFull,
        Backlog = backlog,
        ShutdownTimeout = TimeSpan.FromSeconds(5),
        LoggerFactory = _log.Factory,
    };
}
