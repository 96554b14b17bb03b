using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The race by itself: attempts that end when the test says so, on a clock that moves when the test moves it.</summary>
public class AddressRaceTests
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(250);

    private readonly ManualTime _time = new();
    private readonly StreamClientOptions _options;

    public AddressRaceTests() => _options = new StreamClientOptions { Time = _time };

    [Fact]
    public async Task An_address_that_does_not_answer_has_the_next_one_tried_beside_it_after_the_delay()
    {
        var race = Start(2);

        await _time.TimerAsync(_delay).Within();
        _time.Advance(_delay - TimeSpan.FromTicks(1));
        Assert.Equal(1, race.Started);

        _time.Advance(TimeSpan.FromTicks(1));
        await race[1].Begun.Within();
        Assert.False(race[0].Token.IsCancellationRequested);

        await race.EndAsync();
    }

    [Fact]
    public async Task The_delay_begins_anew_with_each_attempt()
    {
        var race = Start(3);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();

        race[1].Fail(SocketError.ConnectionRefused);
        await race[2].Begun.Within();

        Assert.False(race[0].Token.IsCancellationRequested);
        await race.EndAsync();
    }

    [Fact]
    public async Task An_attempt_that_fails_starts_the_next_at_once()
    {
        var race = Start(3);
        race[0].Fail(SocketError.ConnectionRefused);
        await race[1].Begun.Within();
        race[1].Fail(SocketError.ConnectionRefused);
        await race[2].Begun.Within();

        Assert.Equal(0, _time.GetTimestamp());
        await race.EndAsync();
    }

    [Fact]
    public async Task An_older_attempt_that_fails_starts_the_next_too()
    {
        var race = Start(3);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();

        race[0].Fail(SocketError.HostUnreachable);

        await race[2].Begun.Within();
        await race.EndAsync();
    }

    [Fact]
    public async Task The_first_to_connect_wins_and_the_others_are_cancelled()
    {
        using var listener = Listener.Tcp();
        var race = Start(3);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();
        var socket = listener.Connect();

        race[1].Connect(socket);

        Assert.Same(socket, await race.Result.Within());
        Assert.True(race[0].Token.IsCancellationRequested);
        Assert.Equal(2, race.Started);
    }

    [Fact]
    public async Task The_first_address_may_still_win_when_others_have_begun()
    {
        using var listener = Listener.Tcp();
        var race = Start(2);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();
        var socket = listener.Connect();

        race[0].Connect(socket);

        Assert.Same(socket, await race.Result.Within());
        Assert.True(race[1].Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_loser_that_connects_in_the_same_moment_is_closed()
    {
        using var listener = Listener.Tcp();
        var race = Start(2);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();
        var (loser, winner) = (listener.Connect(), listener.Connect());
        using var loserPeer = await listener.AcceptAsync();
        race[0].OnCancelled(attempt => attempt.Connect(loser)); // too late to be cancelled

        race[1].Connect(winner);

        Assert.Same(winner, await race.Result.Within());
        Assert.True(loser.SafeHandle.IsClosed);
        Assert.Equal(0, await loserPeer.ReceiveAsync(new byte[1]).Within());
        Assert.False(winner.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Cancelled_it_closes_what_connects_in_the_same_moment()
    {
        using var listener = Listener.Tcp();
        using var source = new CancellationTokenSource();
        var race = Start(2, cancellationToken: source.Token);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();
        var late = listener.Connect();
        race[0].OnCancelled(attempt => attempt.Connect(late)); // when the other one has ended by its cancellation

        await source.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race.Result).Within();
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.True(late.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Cancelled_it_tries_no_further_address()
    {
        using var source = new CancellationTokenSource();
        var race = Start(2, cancellationToken: source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race.Result).Within();
        Assert.Equal(1, race.Started);
    }

    [Fact]
    public async Task When_all_fail_the_reasons_come_in_the_order_of_the_addresses()
    {
        var race = Start(3);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();
        await _time.AdvanceToTimerAsync(_delay);
        await race[2].Begun.Within();

        race[2].Fail(SocketError.ConnectionRefused);
        race[0].Fail(SocketError.HostUnreachable);
        race[1].Fail(SocketError.NetworkUnreachable);

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => race.Result).Within();
        Assert.Equal(
            "Could not connect to printer:80: 192.0.2.0:80 (No route to host), 192.0.2.1:80 (Network is unreachable), 192.0.2.2:80 (Connection refused).",
            error.Message);
        Assert.Equal(race.EndPoints, error.Attempts.Select(attempt => attempt.EndPoint));
    }

    [Fact]
    public async Task All_of_them_have_until_the_end_of_ConnectTimeout()
    {
        var race = Start(2);
        await _time.AdvanceToTimerAsync(_delay);
        await race[1].Begun.Within();

        _time.Advance(TimeSpan.FromSeconds(30) - _delay);

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => race.Result).Within();
        Assert.Equal(
            "Could not connect to printer:80: 192.0.2.0:80 (timed out after 30 seconds, see ConnectTimeout), " +
            "192.0.2.1:80 (timed out after 29.75 seconds, see ConnectTimeout).",
            error.Message);
    }

    [Fact]
    public async Task Many_addresses_and_little_time_shorten_the_delay_so_that_each_is_tried()
    {
        _options.ConnectTimeout = TimeSpan.FromMilliseconds(400);
        var race = Start(4);
        for (var next = 1; next < 4; next++)
        {
            await _time.TimerAsync(TimeSpan.FromMilliseconds(100)).Within();
            _time.Advance(TimeSpan.FromMilliseconds(99));
            Assert.Equal(next, race.Started);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await race[next].Begun.Within();
        }

        await race.EndAsync();
    }

    [Fact]
    public async Task Without_a_ConnectTimeout_the_delay_is_as_it_is()
    {
        _options.ConnectTimeout = Timeout.InfiniteTimeSpan;
        var race = Start(2);
        await _time.AdvanceToTimerAsync(_delay);

        await race[1].Begun.Within();
        await race.EndAsync();
    }

    public static TheoryData<StreamClientOptions> OneAtATime => new()
    {
        new StreamClientOptions { HappyEyeballsDelay = Timeout.InfiniteTimeSpan },
        new StreamClientOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 1) }, // two sockets cannot have one port
    };

    [Theory]
    [MemberData(nameof(OneAtATime), DisableDiscoveryEnumeration = true)]
    public async Task One_at_a_time_each_has_its_share_of_ConnectTimeout(StreamClientOptions options)
    {
        options.Time = _time;
        var race = Start(3, options);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(1, race.Started);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await race[1].Begun.Within();
        Assert.True(race[0].Token.IsCancellationRequested);

        race[1].Fail(SocketError.ConnectionRefused);
        await race[2].Begun.Within();
        _time.Advance(TimeSpan.FromSeconds(20));

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => race.Result).Within();
        Assert.Equal(
            "Could not connect to printer:80: 192.0.2.0:80 (timed out after 10 seconds, see ConnectTimeout), " +
            "192.0.2.1:80 (Connection refused), 192.0.2.2:80 (timed out after 20 seconds, see ConnectTimeout).",
            error.Message);
    }

    private ScriptedRace Start(int addresses, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        new(options ?? _options, addresses, cancellationToken);
}
