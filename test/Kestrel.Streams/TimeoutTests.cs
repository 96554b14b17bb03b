using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public sealed class TimeoutTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly LogCapture _log = new();
    private readonly ManualTime _time = new();
    private readonly Entrance _entrance = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task Who_says_nothing_is_timed_out_and_told_so_by_the_handler(bool unix)
    {
        await using var server = AnyServer.Of(unix, _entrance.Of(ReadOrSayGoodbyeAsync), Options(options => options.IdleTimeout = 60 * _second));
        await using var client = await _entrance.StartAsync(server);

        Advance(59);
        Assert.Empty(Timeouts());

        Assert.Equal("221 you were idle\n", await TimePassesUntil(client.HearAllAsync()));
        Assert.Contains("has brought nothing for 00:01:00 (IdleTimeout)", await _said.Task.Within(), StringComparison.Ordinal);
        Assert.Equal(["Idle"], Timeouts());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task Every_byte_begins_the_idle_time_anew()
    {
        await using var server = Server((stream, _) => Talk.EchoAsync(stream), options => options.IdleTimeout = 10 * _second);
        await using var client = await _entrance.StartAsync(server);

        for (var i = 0; i < 5; i++)
        {
            Advance(9);
            await client.HearsItselfAsync();
            Advance(0.5); // seen
        }

        Assert.Empty(Timeouts());
        Assert.Equal("", await TimePassesUntil(client.HearAllAsync()));
        Assert.Equal(["Idle"], Timeouts());
    }

    [Fact]
    public async Task What_is_written_does_not_count_against_the_idle_time()
    {
        await using var server = Server(
            async (stream, _) =>
            {
                var read = stream.ReadLineAsync().AsTask();
                await stream.WriteAsync("one\n");
                await _tick.Task;
                await stream.WriteAsync("two\n");
                _ticked.Set();
                await read;
            },
            options => options.IdleTimeout = 10 * _second);
        await using var client = await _entrance.StartAsync(server);
        Assert.Equal("one\n", await client.HearLineAsync());

        Advance(9);
        _tick.Set();
        await _ticked.Task.Within();
        Advance(2);

        Assert.Equal("two\n", await client.HearAllAsync());
        Assert.Equal(["Idle"], Timeouts());
    }

    [Fact]
    public async Task Work_that_takes_longer_than_the_idle_time_loses_nobody()
    {
        using var working = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        await using var server = Server(
            async (stream, _) =>
            {
                await foreach (var line in stream.ReadLinesAsync())
                {
                    working.Release();
                    await release.WaitAsync();
                    await stream.WriteAsync(line);
                }
            },
            options => options.IdleTimeout = 10 * _second);
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync("one\ntwo\nthree\n").Within();

        foreach (var line in (string[])["one\n", "two\n", "three\n"])
        {
            await working.WaitAsync().Within();
            Advance(60);
            release.Release();
            Assert.Equal(line, await client.HearLineAsync());
        }

        Assert.Empty(Timeouts());
    }

    [Fact]
    public async Task A_log_that_fails_ends_neither_the_process_nor_the_watch()
    {
        using var bad = LoggerFactory.Create(static logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new FullDisk()));
        await using var server = Server((stream, stopping) => ReadOrSayGoodbyeAsync(stream, stopping), options =>
        {
            (options.IdleTimeout, options.LoggerFactory) = (10 * _second, bad);
        });
        await using var one = await _entrance.StartAsync(server);
        await using var two = await server.ConnectAsync();
        await two.WriteAsync("half").Within();

        Assert.Equal("221 you were idle\n", await TimePassesUntil(one.HearAllAsync()));
        Assert.Equal("221 you were idle\n", await TimePassesUntil(two.HearAllAsync()));
    }

    [Fact]
    public async Task A_line_that_trickles_is_over_the_read_timeout_and_not_over_the_idle_timeout()
    {
        var received = new SemaphoreSlim(0);
        await using var server = Server(
            async (stream, _) =>
            {
                // The handler looks at the bytes as they come, so that the test knows that they have.
                var line = stream.ReadLineAsync().AsTask();
                _ticked.Set();
                var watching = WatchAsync(stream, received);
                try
                {
                    await line;
                }
                catch (IOException e)
                {
                    _said.Set(e.Message);
                }

                await stream.CloseAsync(CancellationToken.None);
                await watching;
            },
            options => (options.IdleTimeout, options.ReadTimeout) = (10 * _second, 30 * _second));
        await using var client = await _entrance.StartAsync(server);

        await _ticked.Task.Within();

        for (var i = 0; i < 4; i++)
        {
            await client.WriteAsync("x").Within();
            await received.WaitAsync().Within();
            Advance(9);
        }

        Assert.Contains("has not brought what a read waits for in 00:00:30 (ReadTimeout)", await _said.Task.Within(), StringComparison.Ordinal);
        Assert.Equal(["Read"], Timeouts());
    }

    [Fact]
    public async Task A_handler_that_does_not_read_is_over_no_read_timeout()
    {
        var go = new Signal();
        await using var server = Server(
            async (stream, _) =>
            {
                await go.Task;
                await stream.WriteAsync(await stream.ReadLineAsync());
            },
            options => options.ReadTimeout = 5 * _second);
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync("hello\n").Within();

        Advance(100);
        go.Set();

        Assert.Equal("hello\n", await client.HearLineAsync());
        Assert.Empty(Timeouts());
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_reader_that_stalls_is_cut(bool unix)
    {
        var full = new Signal();
        await using var server = AnyServer.Of(
            unix,
            _entrance.Of(async (stream, _) =>
            {
                var big = stream.WriteAsync(new byte[64 * 1024 * 1024]).AsTask();
                full.Set();
                try
                {
                    await big;
                }
                catch (Exception e)
                {
                    _said.Set(e.Message + e.InnerException?.GetType().Name);
                    throw;
                }
            }),
            Options(options => options.WriteTimeout = 20 * _second));
        await using var client = await _entrance.StartAsync(server);
        await full.Task.Within();

        // What the kernel's buffers still take is progress; after that there is none.
        Assert.Contains("has taken nothing for 00:00:20 (WriteTimeout): it is aborted", await TimePassesUntil(_said.Task), StringComparison.Ordinal);
        Assert.Contains(nameof(TimeoutException), await _said.Task.Within(), StringComparison.Ordinal);
        await client.IsOverAsync();
        await server.CloseAsync().Within();
        Assert.Equal(["Write"], Timeouts());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_reader_that_takes_something_now_and_then_is_not_cut()
    {
        const int Size = 16 * 1024 * 1024;
        await using var server = Server((stream, _) => stream.WriteAsync(new byte[Size]).AsTask(), options => options.WriteTimeout = 20 * _second);
        await using var client = await _entrance.StartAsync(server);
        var buffer = new byte[1024 * 1024];

        for (var taken = 0; taken < Size; taken += buffer.Length)
        {
            await client.ReadExactlyAsync(buffer).Within();
            // The kernel may be late to move on what we made room for: there are ten reads to the timeout, and no room for as much unread.
            Advance(2);
        }

        Assert.Equal("", await client.HearAllAsync());
        Assert.Empty(Timeouts());
    }

    [Fact]
    public async Task A_life_ends_as_at_the_stop_of_the_server()
    {
        await using var server = Server(
            async (stream, stopping) =>
            {
                var stop = new Signal();
                await using var registration = stopping.Register(stop.Set);
                await Talk.EchoAsync(stream);
                await stop.Task.Within();
                await stream.WriteAsync("221 time is over\n");
            },
            options => options.MaxConnectionLifetime = 60 * _second);
        await using var client = await _entrance.StartAsync(server);
        Advance(30);
        await client.HearsItselfAsync();
        await using var other = await server.ConnectAsync();
        await other.HearsItselfAsync();

        Advance(31);

        Assert.Equal("221 time is over\n", await client.HearAllAsync());
        await other.HearsItselfAsync();
        Assert.Equal(["Lifetime"], Timeouts());
    }

    [Fact]
    public async Task Who_does_not_end_after_its_life_is_aborted()
    {
        var aborted = new Signal();
        await using var server = Server(
            async (stream, _) =>
            {
                await using var registration = stream.Closed.Register(aborted.Set);
                await aborted.Task;
            },
            options => (options.MaxConnectionLifetime, options.ShutdownTimeout) = (60 * _second, 5 * _second));
        await using var client = await _entrance.StartAsync(server);

        Advance(61);
        Assert.False(aborted.Task.IsCompleted);
        Advance(5);

        await client.SeesResetAsync();
        await aborted.Task.Within();
        Assert.Equal(["Lifetime", "LifetimeGrace"], Timeouts());
    }

    [Fact]
    public async Task A_peer_that_is_slow_to_start_TLS_is_watched_afterwards_all_the_same()
    {
        await using var server = Server(
            async (stream, _) =>
            {
                await stream.WriteAsync(await stream.ReadLineAsync());
                _ticked.Set();
                await stream.StartTlsAsync(new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server }, TimeSpan.FromSeconds(20));
                await stream.ReadLineAsync();
            },
            options => (options.IdleTimeout, options.ReadTimeout) = (_second, 2 * _second));
        await using var client = await _entrance.StartAsync(server);
        await client.HearsItselfAsync("starttls");
        await _ticked.Task.Within();
        Advance(60);
        Assert.Empty(Timeouts());

        await client.StartTlsAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority }, TimeSpan.FromSeconds(20)).AsTask().Within();

        Assert.Equal("", await TimePassesUntil(client.HearAllAsync()));
        Assert.Single(Timeouts());
    }

    [Fact]
    public async Task Without_a_limit_for_the_end_a_life_that_is_over_is_waited_for()
    {
        var end = new Signal();
        await using var server = Server(
            async (stream, _) =>
            {
                await end.Task;
                await stream.WriteAsync("bye\n");
            },
            options => (options.MaxConnectionLifetime, options.ShutdownTimeout) = (60 * _second, Timeout.InfiniteTimeSpan));
        await using var client = await _entrance.StartAsync(server);

        Advance(200);
        end.Set();

        Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Equal(["Lifetime"], Timeouts());
    }

    [Fact]
    public async Task A_thousand_connections_have_one_timer_and_a_server_without_timeouts_has_none()
    {
        await using var without = Server((stream, _) => Talk.EchoAsync(stream), static _ => { });
        await without.StartServingAsync().Within();
        Assert.Equal(0, _time.TimerCount);

        await using var server = Server((stream, _) => Talk.EchoAsync(stream), options =>
        {
            (options.IdleTimeout, options.ReadTimeout) = (10 * _second, 10 * _second);
            (options.WriteTimeout, options.MaxConnectionLifetime) = (10 * _second, TimeSpan.FromDays(40));
            options.Backlog = 1000;
        });
        await server.StartServingAsync().Within();
        var clients = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(client => client.HearsItselfAsync()));
        Assert.Equal(1, _time.TimerCount);

        await TimePassesUntil(Task.WhenAll(clients.Select(async client =>
        {
            Assert.Equal("", await client.HearAllAsync());
            return true;
        })));

        await Task.WhenAll(clients.Select(client => client.CloseAsync().Within()));
        await server.CloseAsync().Within();
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task After_the_time_is_over_what_is_buffered_can_be_read_and_writing_goes_on()
    {
        await using var server = Server(
            async (stream, _) =>
            {
                await Assert.ThrowsAsync<IOException>(() => stream.ReadLineAsync().AsTask());
                var half = Encoding.UTF8.GetString(await stream.ReadAsync(100));
                var again = stream.ReadAsync(10).AsTask();
                Assert.True(again.IsFaulted);
                Assert.IsType<TimeoutException>((await Assert.ThrowsAsync<IOException>(() => again)).InnerException);
                await stream.WriteAsync(half + " was heard\n");
                await stream.WriteEofAsync();
            },
            options => options.IdleTimeout = _second);
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync("half a line").Within();
        var stream = await _entrance.Entered;
        while (stream.BytesReceived < "half a line".Length) await Task.Yield();

        Assert.Equal("half a line was heard\n", await TimePassesUntil(client.HearAllAsync()));
        Assert.Empty(_log.Complaints);
    }

    private readonly Signal<string> _said = new();
    private readonly Signal _ticked = new();
    private readonly Signal _tick = new();

    private async Task ReadOrSayGoodbyeAsync(ConnectionStream stream, CancellationToken stopping)
    {
        try
        {
            await stream.ReadLineAsync(CancellationToken.None);
        }
        catch (IOException e) when (e.InnerException is TimeoutException)
        {
            _said.Set(e.Message);
            await stream.WriteAsync("221 you were idle\n"u8, CancellationToken.None);
        }
    }

    private static async Task WatchAsync(ConnectionStream stream, SemaphoreSlim received)
    {
        var seen = 0L;
        while (!stream.IsClosing)
        {
            await Task.Yield();
            for (; seen < stream.BytesReceived; seen++) received.Release();
        }
    }

    /// <summary>Lets the time pass until something has happened: a handler may begin to wait a moment later than the test thinks.</summary>
    private async Task<T> TimePassesUntil<T>(Task<T> happened)
    {
        var limited = happened.Within();
        while (!limited.IsCompleted)
        {
            Advance(0.5);
            await Task.Yield();
        }

        return await limited;
    }

    /// <summary>As a clock goes: the watch looks every half a second at least.</summary>
    private void Advance(double seconds)
    {
        for (; seconds > 0; seconds -= 0.5) _time.Advance(TimeSpan.FromSeconds(0.5));
    }

    private List<string> Timeouts() =>
    [
        .. _log.OfServer.Where(static entry => entry.Message.Contains("is over a timeout", StringComparison.Ordinal))
            .Select(static entry => entry.Message[(entry.Message.LastIndexOf(' ') + 1)..^1]),
    ];

    private StreamServer Server(Func<ConnectionStream, CancellationToken, Task> serve, Action<StreamServerOptions> configure) =>
        new(_entrance.Of(serve), "127.0.0.1", options: Options(configure));

    private StreamServerOptions Options(Action<StreamServerOptions> configure)
    {
        var options = new StreamServerOptions { TimeProvider = _time, LoggerFactory = _log.Factory };
        configure(options);
        return options;
    }

    /// <summary>Fails at what the watch logs; the rest of the server is left in peace.</summary>
    private sealed class FullDisk : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("is over a timeout", StringComparison.Ordinal)) throw new IOException("The disk is full.");
        }

        public void Dispose()
        {
        }
    }
}
