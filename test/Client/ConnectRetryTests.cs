using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

public class ConnectRetryTests
{
    private readonly ManualTime _time = new();
    private int _attempts;

    [Fact]
    public void Defaults()
    {
        var retry = new StreamRetryOptions();
        Assert.Equal((10, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10)), (retry.MaxAttempts, retry.Delay, retry.MaxDelay));
        Assert.Null(new StreamClientOptions().Retry);
    }

    [Fact]
    public void Bounds()
    {
        Assert.Throws<ArgumentOutOfRangeException>("MaxAttempts", () => new StreamRetryOptions { MaxAttempts = 0 });
        foreach (var wrong in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1), Timeout.InfiniteTimeSpan, TimeSpan.FromDays(1) + TimeSpan.FromTicks(1) })
        {
            Assert.Throws<ArgumentOutOfRangeException>("Delay", () => new StreamRetryOptions { Delay = wrong });
            Assert.Throws<ArgumentOutOfRangeException>("MaxDelay", () => new StreamRetryOptions { MaxDelay = wrong });
        }
    }

    [Fact]
    public async Task Each_pause_is_twice_the_one_before_up_to_the_longest()
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync("tcp://printer:80", Failing(new() { Randomizer = null }, 9, listener));
        foreach (var milliseconds in new[] { 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000 })
        {
            Assert.False(connecting.IsCompleted);
            await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(milliseconds));
        }

        await using var stream = await connecting.Within();
        Assert.Equal(10, _attempts);
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task The_last_attempts_failure_is_the_connects()
    {
        var connecting = StreamClient.ConnectAsync("printer", 80, Failing(new() { MaxAttempts = 3, Randomizer = null }, 3));
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200));
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(400));

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => connecting).Within();
        Assert.Equal("attempt 3", error.InnerException!.Message);
        Assert.Equal(3, _attempts);
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public async Task With_chance_the_pauses_lie_about_there(double chance)
    {
        var time = new HastyTime();
        var options = Failing(new() { MaxAttempts = 10, Randomizer = () => chance }, 10);
        options.Time = time;
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within();

        Assert.Equal(9, time.Pauses.Count);
        Assert.InRange(time.Pauses[0], TimeSpan.Zero, TimeSpan.FromMilliseconds(400));
        Assert.All(time.Pauses, pause => Assert.InRange(pause, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
        Assert.True(time.Pauses[^1] > TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Two_clients_do_not_come_at_the_same_times()
    {
        var (one, other) = (new HastyTime(), new HastyTime());
        foreach (var time in new[] { one, other })
        {
            var options = Failing(new() { MaxAttempts = 5 }, 10);
            options.Time = time;
            await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within();
        }

        Assert.NotEqual(one.Pauses, other.Pauses);
    }

    [Fact]
    public async Task One_attempt_is_no_retry()
    {
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", 80, Failing(new() { MaxAttempts = 1 }, 9))).Within();
        Assert.Equal(1, _attempts);
    }

    public static TheoryData<Exception> NotToPass => new() { new ArgumentException("no"), new AuthenticationException("no") };

    [Theory]
    [MemberData(nameof(NotToPass), DisableDiscoveryEnumeration = true)]
    public async Task What_a_callback_cannot_do_is_not_tried_again(Exception why)
    {
        var options = new StreamClientOptions { Retry = new(), Time = _time, ConnectCallback = (_, _) => Fail(why) };
        Assert.Same(why, (await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within()).InnerException);
        Assert.Equal(1, _attempts);

        ValueTask<Socket> Fail(Exception error)
        {
            _attempts++;
            throw error;
        }
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_not_tried_again()
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync($"tls://localhost:{listener.Port}", new StreamClientOptions { Retry = new(), Time = _time });
        _ = await Record.ExceptionAsync(() => listener.AcceptTlsAsync()); // with TLS 1.3 it may not know yet
        await Assert.ThrowsAsync<AuthenticationException>(() => connecting).Within();
    }

    [Fact]
    public async Task A_callback_that_returns_no_socket_is_not_tried_again()
    {
        var options = new StreamClientOptions { Retry = new(), Time = _time, ConnectCallback = (_, _) => ValueTask.FromResult<Socket>(null!) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within();
    }

    [Fact]
    public async Task A_handshake_that_breaks_is_tried_again()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions
        {
            Tls = new SslClientAuthenticationOptions { CertificateChainPolicy = TestCertificates.TrustAuthority },
            Retry = new() { Randomizer = null },
            Time = _time,
        };
        var connecting = StreamClient.ConnectAsync("localhost", listener.Port, options);
        (await listener.AcceptAsync()).Close(0); // a reset
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200));
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
    }

    [Fact]
    public async Task A_Unix_server_that_comes_late_is_found()
    {
        var path = Listener.NewPath();
        var connecting = StreamClient.ConnectUnixAsync(path, new StreamClientOptions { Retry = new() { Randomizer = null }, Time = _time });
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200)).Within();
        using var listener = Listener.Unix(path);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await using var stream = await connecting.Within();
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_WebSocket_is_tried_again_as_well()
    {
        var connecting = StreamClient.ConnectAsync("ws://printer/chat", Failing(new() { MaxAttempts = 2, Randomizer = null }, 2));
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAsync<StreamConnectException>(() => connecting).Within();
        Assert.Equal(2, _attempts);
    }

    [Fact]
    public async Task A_WebSocket_that_the_server_refuses_is_not_tried_again()
    {
        using var listener = Listener.Tcp();
        var uri = new Uri($"ws://localhost:{listener.Port}/chat");
        var connecting = StreamClient.ConnectWebSocketAsync(uri, new StreamClientOptions { Retry = new(), Time = _time });
        using var server = await listener.AcceptAsync();
        await server.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var error = await Assert.ThrowsAsync<StreamConnectException>(() => connecting).Within();
        Assert.Contains("the server answered 404 Not Found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_pause()
    {
        using var source = new CancellationTokenSource();
        var connecting = StreamClient.ConnectAsync("printer", 80, Failing(new() { Randomizer = null }, 9), source.Token);
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200)).Within();
        await source.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within();
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_wins()
    {
        var cancelled = new CancellationToken(canceled: true);
        var connecting = StreamClient.ConnectAsync("printer", 80, Failing(new(), 9), cancelled);
        Assert.Equal(cancelled, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within()).CancellationToken);
        Assert.Equal(0, _attempts);
    }

    [Fact]
    public void Arguments_are_refused_at_once() => Assert.Throws<ArgumentException>(
        "options", () => { _ = StreamClient.ConnectAsync("printer", 80, new StreamClientOptions { Retry = new(), ServerHostname = "printer" }); });

    /// <summary>Fails so often, then connects.</summary>
    private StreamClientOptions Failing(StreamRetryOptions retry, int times, Listener? listener = null) => new()
    {
        Retry = retry,
        Time = _time,
        ConnectCallback = (_, _) => ++_attempts <= times ? throw new IOException($"attempt {_attempts}") : ValueTask.FromResult(listener!.Connect()),
    };

    /// <summary>A clock whose timers are due at once, and which tells what was waited for.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // The timeout of an attempt has a timer too.
            if (dueTime == TimeSpan.FromSeconds(30) || dueTime == Timeout.InfiniteTimeSpan)
                return System.CreateTimer(callback, state, dueTime, period);
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
