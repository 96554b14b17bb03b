using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

[Collection(Descriptors.TakeTurns)]
public class ConnectTimeoutTests
{
    private static readonly TimeSpan _short = TimeSpan.FromSeconds(0.2);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_address_that_does_not_answer_is_named_with_the_time()
    {
        using var listener = Listener.Clogged();

        var error = await FailAsync("127.0.0.1", listener.Port, new StreamClientOptions { ConnectTimeout = _short });

        Assert.Equal($"Could not connect to 127.0.0.1:{listener.Port}: timed out after 0.2 seconds, see ConnectTimeout.", error.Message);
        AssertTimedOut(error);
        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
    }

    [Fact]
    public async Task The_caller_s_token_does_not_make_it_a_cancellation()
    {
        using var listener = Listener.Clogged();
        using var source = new CancellationTokenSource();

        AssertTimedOut(await FailAsync("127.0.0.1", listener.Port, new StreamClientOptions { ConnectTimeout = _short }, source.Token));
    }

    [Theory]
    [InlineData(250, 250)]
    [InlineData(5000, 500)]
    [InlineData(-1, 500)]
    public async Task An_address_that_does_not_answer_leaves_time_for_the_next(int happyEyeballsDelay, int share)
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Tcp);
        var options = new StreamClientOptions
        {
            Time = _time,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            HappyEyeballsDelay = TimeSpan.FromMilliseconds(happyEyeballsDelay),
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback, IPAddress.IPv6Loopback]),
        };
        var connecting = StreamClient.ConnectAsync("printer", host.Port, options);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(share));
        await using var stream = await connecting.Within();

        await host.Six.TalkAsync(stream);
        Assert.Equal(0, KernelSockets.HalfOpenTo(host.Port));
    }

    [Fact]
    public async Task One_address_at_a_time_shares_the_time_out()
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Refusing);
        var options = new StreamClientOptions
        {
            Time = _time,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            HappyEyeballsDelay = Timeout.InfiniteTimeSpan,
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback, IPAddress.IPv6Loopback]),
        };

        var connecting = FailAsync("printer", host.Port, options);
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(0.5));

        var error = await connecting;
        Assert.Equal(
            $"Could not connect to printer:{host.Port}: 127.0.0.1:{host.Port} (timed out after 0.5 seconds, see ConnectTimeout), " +
            $"[::1]:{host.Port} (Connection refused).",
            error.Message);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(error.Attempts[0].Error).SocketErrorCode);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.Attempts[1].Error).SocketErrorCode);
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_is_a_timeout()
    {
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        var options = new StreamClientOptions { ConnectTimeout = _short, ResolveCallback = (_, _) => new(never.Task) };

        var error = await FailAsync("printer", 80, options);

        Assert.Equal(
            "Could not connect to printer:80: printer could not be resolved to an IP address: timed out after 0.2 seconds, see ConnectTimeout.", error.Message);
        AssertTimedOut(error);
    }

    [Fact]
    public async Task A_callback_that_does_not_come_back_is_a_timeout()
    {
        var never = new TaskCompletionSource<Socket>();
        var options = new StreamClientOptions { ConnectTimeout = _short, ConnectCallback = (_, _) => new(never.Task) };

        AssertTimedOut(await FailAsync("printer", 80, options));
    }

    [Fact]
    public async Task Infinite_connects_as_ever()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { ConnectTimeout = Timeout.InfiniteTimeSpan };
        await using var stream = await StreamClient.ConnectAsync("localhost", listener.Port, options).Within();

        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_stream_that_is_there_outlives_the_timeout()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { Time = _time, ConnectTimeout = _short };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port, options).Within();

        _time.Advance(TimeSpan.FromDays(1));

        await listener.TalkAsync(stream);
    }

    private static void AssertTimedOut(StreamConnectException error) =>
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(Assert.Single(error.Attempts).Error).SocketErrorCode);

    private static Task<StreamConnectException> FailAsync(
        string host, int port, StreamClientOptions options, CancellationToken cancellationToken = default) =>
        Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync(host, port, options, cancellationToken)).Within();
}
