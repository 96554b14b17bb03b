using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>Many who say nothing, or a byte now and then, so as to keep the places of others: each is cut, and nobody else feels it.</summary>
public sealed class SlowlorisTests : IDisposable
{
    private const int Crowd = 200;

    private static readonly TimeSpan _half = TimeSpan.FromSeconds(0.5);

    private readonly LogCapture _log = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_trickles_and_who_is_silent_are_cut_while_others_are_served(bool tls)
    {
        var entered = new SemaphoreSlim(0);
        await using var server = await StartAsync(entered, tls, static options => (options.IdleTimeout, options.ReadTimeout) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20)));
        await using var good = await ConnectAsync(server, tls);
        var crowd = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => ConnectAsync(server, tls))).Within();
        for (var i = 0; i <= Crowd; i++) await entered.WaitAsync().Within();
        await good.HearsItselfAsync();

        // Half of them send a byte of their line every half second, which no idle time would ever end. A read may begin a moment later than its handler.
        var over = Task.WhenAll(crowd.Select(static one => one.IsOverAsync()));
        while (!over.IsCompleted)
        {
            await Task.WhenAll(crowd.Take(Crowd / 2).Select(TrickleAsync));
            _time.Advance(_half);
            await good.HearsItselfAsync();
        }

        await over.Within();
        await good.HearsItselfAsync();
        // Both kinds of time have ended some, and nothing of it is a complaint.
        Assert.Contains(_log.OfServer, static entry => entry.Message.EndsWith("is over a timeout: Read.", StringComparison.Ordinal));
        Assert.Contains(_log.OfServer, static entry => entry.Message.EndsWith("is over a timeout: Idle.", StringComparison.Ordinal));
        await AssertLoggedAsync(Crowd, "is over a timeout");
        Assert.Empty(_log.Complaints);
        await AbortAsync(crowd);
    }

    [Fact]
    public async Task Places_that_are_held_by_trickling_come_back()
    {
        var entered = new SemaphoreSlim(0);
        await using var server = await StartAsync(entered, tls: false, static options => (options.MaxConnections, options.ReadTimeout) = (Crowd, TimeSpan.FromSeconds(20)));
        var crowd = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => server.ConnectAsync())).Within();
        for (var i = 0; i < Crowd; i++) await entered.WaitAsync().Within();
        await using (var late = await server.ConnectAsync()) await late.IsOverAsync();

        var over = Task.WhenAll(crowd.Select(static one => one.IsOverAsync()));
        while (!over.IsCompleted)
        {
            await Task.WhenAll(crowd.Select(TrickleAsync));
            _time.Advance(_half);
        }

        await over.Within();
        await IsServedAsync(server, from: null);
        await AbortAsync(crowd);
    }

    [Fact]
    public async Task One_address_cannot_take_the_places_of_the_others()
    {
        var entered = new SemaphoreSlim(0);
        await using var server = await StartAsync(entered, tls: false, static options => (options.MaxConnections, options.MaxConnectionsPerAddress) = (Crowd, Crowd / 2));
        var crowd = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => server.ConnectAsync())).Within();
        for (var i = 0; i < Crowd / 2; i++) await entered.WaitAsync().Within();

        await IsServedAsync(server, new StreamClientOptions { LocalEndPoint = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0) });

        await AssertLoggedAsync(Crowd / 2, "the address has its 100 connections");
        await AbortAsync(crowd);
    }

    /// <summary>A header that comes a byte at a time has no more time than one that does not come.</summary>
    [Fact]
    public async Task A_header_of_the_PROXY_protocol_that_trickles_is_cut()
    {
        await using var server = await StartAsync(new SemaphoreSlim(0), tls: false, static options => options.ProxyProtocol = new() { Timeout = TimeSpan.FromSeconds(5) });
        var crowd = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => server.ConnectAsync())).Within();
        while (_time.TimerCount < Crowd) await Task.Yield();

        foreach (var letter in "PROXY TCP4")
        {
            await Task.WhenAll(crowd.Select(one => TrickleAsync(one, $"{letter}")));
            _time.Advance(_half);
        }

        await Task.WhenAll(crowd.Select(static one => one.IsOverAsync())).Within();
        await AssertLoggedAsync(Crowd, "no whole PROXY header has come within 5 seconds");
        Assert.Empty(_log.Complaints);
        await AbortAsync(crowd);
    }

    /// <summary>The time of a handshake is over also when a byte of it comes all the time. It runs on the system's clock.</summary>
    [Fact]
    public async Task A_handshake_that_trickles_is_cut_while_others_are_served()
    {
        await using var server = await StartAsync(new SemaphoreSlim(0), tls: true, static options => options.HandshakeTimeout = TimeSpan.FromSeconds(5));
        var crowd = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => server.ConnectAsync())).Within();
        // The head of a record of 16 KiB, and then that, a byte for each line that another client hears again.
        await Task.WhenAll(crowd.Select(static one => TrickleAsync(one, "\u0016\u0003\u0001\u003f\u0000\u0001"))).Within();
        await using var good = await ConnectAsync(server, tls: true);
        var over = Task.WhenAll(crowd.Select(static one => one.IsOverAsync()));
        while (!over.IsCompleted)
        {
            await Task.WhenAll(crowd.Select(TrickleAsync));
            for (var i = 0; i < 20; i++) await good.HearsItselfAsync();
        }

        await over.Within();
        await good.HearsItselfAsync();
        await AssertLoggedAsync(50, "took longer than 5 seconds");
        await AbortAsync(crowd);
    }

    /// <summary>So many times and no more. A client may see its end before the server has told of it.</summary>
    private async Task AssertLoggedAsync(int times, string words)
    {
        await _log.TimesAsync(times, words).Within();
        Assert.Equal(times, _log.OfServer.Count(entry => entry.Message.Contains(words, StringComparison.Ordinal)));
    }

    private async Task<StreamServer> StartAsync(SemaphoreSlim entered, bool tls, Action<StreamServerOptions> configure)
    {
        var options = new StreamServerOptions { LoggerFactory = _log.Factory, TimeProvider = _time, Backlog = 1000, ShutdownTimeout = TimeSpan.FromSeconds(5) };
        if (tls) (options.Tls, options.HandshakeTimeout) = (TlsTalk.ServerOptions(_log).Tls, TimeSpan.FromMinutes(1));
        configure(options);
        var server = new StreamServer(
            async (stream, _) =>
            {
                entered.Release();
                await Talk.EchoAsync(stream);
            },
            "127.0.0.1",
            options: options);
        await server.StartServingAsync().Within();
        return server;
    }

    private static Task<ConnectionStream> ConnectAsync(StreamServer server, bool tls) => tls ? server.ConnectTlsAsync() : server.ConnectAsync();

    private static Task TrickleAsync(ConnectionStream client) => TrickleAsync(client, "x");

    private static async Task TrickleAsync(ConnectionStream client, string bytes)
    {
        try
        {
            await client.WriteAsync(bytes).Within();
        }
        catch (IOException)
        {
            // It has been cut.
        }
    }

    /// <summary>Comes in, perhaps not at the first time: a place that was just left is free a moment later.</summary>
    private static async Task IsServedAsync(StreamServer server, StreamClientOptions? from)
    {
        while (true)
        {
            await using var client = await StreamClient.ConnectAsync(server.EndPoints[0], from).Within();
            try
            {
                await client.WriteAsync("hello\n").Within();
                if (await client.HearLineAsync() == "hello\n") return;
            }
            catch (IOException)
            {
                // Not yet.
            }
        }
    }

    private static Task AbortAsync(IEnumerable<ConnectionStream> crowd) => Task.WhenAll(crowd.Select(static one => one.AbortAsync().Within()));
}
