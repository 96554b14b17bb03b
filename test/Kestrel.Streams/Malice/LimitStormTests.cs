using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>Limits hold however many come at once, over all endpoints together: counted where it matters, in the handlers.</summary>
public sealed class LimitStormTests : IDisposable
{
    private const int Max = 100;
    private const string Parting = "421 too many\r\n";

    // A handshake waits for its place too.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly LogCapture _log = new();
    private readonly Census _census = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("one address")]
    [InlineData("two hosts")]
    [InlineData("a host with TCP, TLS and Unix")]
    public async Task Never_a_hundred_and_one_of_a_hundred(string where)
    {
        await using var place = await StartAsync(where, static options =>
        {
            (options.MaxConnections, options.PartingBytes, options.Backlog) = (Max, Encoding.ASCII.GetBytes(Parting), 2000);
        });
        // All places are taken and kept.
        var held = await Task.WhenAll(Enumerable.Range(0, Max).Select(_ => ServedAsync(place))).Within();
        Assert.Equal(Max, _census.Now);

        // A storm that must be turned away to the last one.
        var answers = await StormAsync(place, tasks: 16, each: 25);
        Assert.Equal(Max, _census.Most);
        Assert.DoesNotContain("hello\n", answers.Keys);

        // And one in which places become free all the time.
        var storm = StormAsync(place, tasks: 16, each: 25);
        await Task.WhenAll(held.Select(static async client => await client.CloseAsync().Within()));
        answers = await storm;
        Assert.Equal(Max, _census.Most);

        // A rejected one hears all of the parting words, or nothing where it speaks TLS or too many were on their way out; never a part.
        Assert.All(answers.Keys, static answer => Assert.True(answer is "hello\n" or Parting or "" or "reset", answer));
        // In the end every place can be taken again.
        await _census.EmptyAsync();
        held = await Task.WhenAll(Enumerable.Range(0, Max).Select(_ => ServedAsync(place))).Within();
        Assert.Equal((Max, Max), (_census.Now, _census.Most));
        foreach (var client in held) await client.AbortAsync().Within();
        Assert.DoesNotContain(_log.Complaints, static entry => !entry.Message.Contains("is full: it has its 100 connections", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one address")]
    [InlineData("two hosts")]
    [InlineData("a host with TCP, TLS and Unix")]
    public async Task Who_waits_for_a_place_is_served_in_the_end_and_never_one_too_many(string where)
    {
        const int Few = 10;
        await using var place = await StartAsync(where, static options => (options.MaxConnections, options.WhenFull, options.Backlog) = (Few, WhenFull.Wait, 2000));

        var answers = await StormAsync(place, tasks: 32, each: 10);

        Assert.Equal(["hello\n"], answers.Keys);
        Assert.Equal(320, answers["hello\n"]);
        Assert.InRange(_census.Most, 2, Few);
        await _census.EmptyAsync();
    }

    [Theory]
    [InlineData(WhenFull.Reject)]
    [InlineData(WhenFull.Wait)]
    public async Task No_address_has_more_than_its_share_whoever_else_comes(WhenFull whenFull)
    {
        const int Share = 5;
        await using var place = await StartAsync("one address", options =>
            (options.MaxConnections, options.MaxConnectionsPerAddress, options.WhenFull, options.Backlog) = (30, Share, whenFull, 2000));

        await Task.WhenAll(Enumerable.Range(1, 8).Select(async address =>
        {
            var from = new StreamClientOptions { LocalEndPoint = new IPEndPoint(new IPAddress([127, 0, 0, (byte)address]), 0) };
            await StormAsync(place, tasks: 10, each: 10, from);
        })).Within();

        Assert.InRange(_census.Most, 2, 30);
        Assert.Equal(8, _census.MostOf.Count);
        Assert.All(_census.MostOf, static most => Assert.InRange(most.Value, 1, Share));
        await _census.EmptyAsync();
    }

    /// <summary>Behind a proxy the addresses that it tells are those that count, and each connection may tell another one.</summary>
    [Fact]
    public async Task No_address_that_a_proxy_tells_has_more_than_its_share()
    {
        const int Share = 3;
        await using var place = await StartAsync("one address", static options => (options.MaxConnectionsPerAddress, options.ProxyProtocol, options.Backlog) = (Share, new(), 2000));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async task =>
        {
            for (var i = 0; i < 10; i++)
            {
                var source = new IPEndPoint(new IPAddress([192, 0, 2, (byte)((task + i) % 4)]), 1);
                await VisitAsync(await place.ConnectAsync(0), [.. ProxyBytes.Binary(source, source), .. "hello\n"u8]);
            }
        })).Within();

        Assert.Equal(4, _census.MostOf.Count);
        Assert.All(_census.MostOf, static most => Assert.InRange(most.Value, 1, Share));
        await _census.EmptyAsync();
    }

    private static async Task<ConnectionStream> ServedAsync(Place place)
    {
        while (true)
        {
            var client = (await place.ConnectAsync(0))!;
            try
            {
                await client.WriteAsync("hello\n").Within();
                if (await client.HearLineAsync() == "hello\n") return client;
            }
            catch (IOException)
            {
                // Its place was not free yet.
            }

            await client.DisposeAsync();
        }
    }

    /// <summary>Many tasks that connect, say a line, hear the answer and leave. How often each answer was heard.</summary>
    private static async Task<ConcurrentDictionary<string, int>> StormAsync(Place place, int tasks, int each, StreamClientOptions? from = null)
    {
        var answers = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(task => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var answer = await VisitAsync(await place.ConnectAsync(task + i, from), "hello\n"u8.ToArray());
                answers.AddOrUpdate(answer, 1, static (_, count) => count + 1);
            }
        }))).Within(TimeSpan.FromMinutes(1));
        return answers;
    }

    private static async Task<string> VisitAsync(ConnectionStream? client, byte[] words)
    {
        if (client is null) return "";
        await using (client)
        {
            try
            {
                await client.WriteAsync(words).Within();
                return await client.HearLineAsync();
            }
            catch (IOException)
            {
                return "reset";
            }
        }
    }

    private async Task<Place> StartAsync(string where, Action<StreamServerOptions> configure)
    {
        if (where.StartsWith("a host", StringComparison.Ordinal))
        {
            return new Place(await HostRun.StartAsync(_log, services => services.AddStreamServer("storm", options =>
            {
                configure(options);
                (options.Tls, options.HandshakeTimeout) = (new() { ServerCertificate = TestCertificates.Server }, _patience);
                options.Listen("tcp://127.0.0.1:0");
                options.Listen("tls://127.0.0.1:0");
                options.Listen("unix:@ks-" + Guid.NewGuid().ToString("N"));
            }, (stream, _) => _census.CountAsync(stream))));
        }

        var options = new StreamServerOptions { LoggerFactory = _log.Factory, ShutdownTimeout = TimeSpan.FromSeconds(5) };
        configure(options);
        options.Hosts.Add("127.0.0.1");
        if (where == "two hosts") options.Hosts.Add("127.0.0.2");
        var server = new StreamServer((stream, _) => _census.CountAsync(stream), options: options);
        await server.StartServingAsync().Within();
        return new Place(server);
    }

    /// <summary>Where the storm goes.</summary>
    private sealed class Place : IAsyncDisposable
    {
        private readonly IAsyncDisposable _owner;
        private readonly IReadOnlyList<EndPoint> _endPoints;
        private readonly bool _hasTls;

        public Place(StreamServer server) => (_owner, _endPoints) = (server, server.EndPoints);

        public Place(HostRun host) => (_owner, _endPoints, _hasTls) = (host, host.Server("storm").EndPoints, true);

        /// <summary>A connection to one of the end points in turn; null where it was turned away before its TLS was there.</summary>
        public async Task<ConnectionStream?> ConnectAsync(int turn, StreamClientOptions? from = null)
        {
            var index = turn % _endPoints.Count;
            var options = from ?? new StreamClientOptions();
            if (_hasTls && index == 1) options = new StreamClientOptions { Tls = TlsTalk.ClientOptions(), ServerHostname = "localhost", HandshakeTimeout = _patience };
            try
            {
                return await StreamClient.ConnectAsync(_endPoints[index], options).Within();
            }
            catch (IOException) when (_hasTls && index == 1)
            {
                return null;
            }
        }

        public ValueTask DisposeAsync() => _owner.DisposeAsync();
    }

    /// <summary>Who is there now, and how many there were at most: of all, and of each address.</summary>
    private sealed class Census
    {
        private readonly ConcurrentDictionary<IPAddress, int> _nowOf = [];
        private int _now;
        private int _most;

        public int Now => Volatile.Read(ref _now);

        public int Most => Volatile.Read(ref _most);

        public ConcurrentDictionary<IPAddress, int> MostOf { get; } = [];

        public async Task CountAsync(ConnectionStream stream)
        {
            var now = Interlocked.Increment(ref _now);
            for (var most = Most; now > most; most = Most) Interlocked.CompareExchange(ref _most, now, most);
            var address = (stream.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
            var nowOf = _nowOf.AddOrUpdate(address, 1, static (_, count) => count + 1);
            MostOf.AddOrUpdate(address, nowOf, (_, most) => Math.Max(most, nowOf));
            try
            {
                await Talk.EchoAsync(stream);
            }
            catch (IOException)
            {
                // The peer has gone.
            }
            finally
            {
                _nowOf.AddOrUpdate(address, 0, static (_, count) => count - 1);
                Interlocked.Decrement(ref _now);
            }
        }

        public async Task EmptyAsync()
        {
            var until = Task.Delay(TimeSpan.FromSeconds(30));
            while (Now > 0)
            {
                Assert.False(until.IsCompleted, "Handlers are left that nobody talks to.");
                await Task.Yield();
            }
        }
    }
}
