using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>RFC 8305 over real sockets; when it does what is in <see cref="AddressRaceTests"/>.</summary>
[Collection(Descriptors.TakeTurns)]
public class HappyEyeballsTests
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(250);
    private static readonly IPAddress[] _three = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")];

    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_address_that_does_not_answer_is_overtaken_and_its_socket_is_gone()
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Tcp);
        var connecting = StreamClient.ConnectAsync("printer", host.Port, Resolving(IPAddress.Loopback, IPAddress.IPv6Loopback));
        Assert.Equal(1, KernelSockets.HalfOpenTo(host.Port));

        await _time.AdvanceToTimerAsync(_delay);

        await using var stream = await connecting.Within();
        Assert.Equal(0, KernelSockets.HalfOpenTo(host.Port));
        await host.Six.TalkAsync(stream);
    }

    [Fact]
    public async Task With_the_usual_clock_too()
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Tcp);
        var options = Resolving(IPAddress.Loopback, IPAddress.IPv6Loopback);
        options.Time = TimeProvider.System;
        await using var stream = await StreamClient.ConnectAsync("printer", host.Port, options).Within();

        Assert.Equal(0, KernelSockets.HalfOpenTo(host.Port));
        await host.Six.TalkAsync(stream);
    }

    [Fact]
    public async Task A_winner_that_comes_late_leaves_no_socket_of_the_others()
    {
        using var listener = Listener.Clogged(IPAddress.Any);
        var connecting = StreamClient.ConnectAsync("printer", listener.Port, Resolving(_three));
        await _time.AdvanceToTimerAsync(_delay);
        await _time.TimerAsync(_delay).Within(); // the second attempt is under way
        Assert.Equal(2, KernelSockets.HalfOpenTo(listener.Port));

        using var clog = await listener.AcceptAsync(); // room for one, which comes with the kernel's next try

        await using var stream = await connecting.Within();
        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
        // Another attempt may have got through in the very moment before it was ended: then its connection has ended, and the next one is it.
        await stream.WriteAsync("ping\n").Within();
        var buffer = new byte[5];
        var peer = await listener.AcceptAsync();
        while (await peer.ReceiveAsync(buffer).Within() == 0) peer = await listener.AcceptAsync();
        Assert.Equal("ping\n"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Cancelled_it_leaves_no_socket_of_any_address()
    {
        using var listener = Listener.Clogged(IPAddress.Any);
        using var source = new CancellationTokenSource();
        var connecting = StreamClient.ConnectAsync("printer", listener.Port, Resolving(_three), source.Token);
        await _time.AdvanceToTimerAsync(_delay);
        await _time.TimerAsync(_delay).Within();
        Assert.Equal(2, KernelSockets.HalfOpenTo(listener.Port));

        await source.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within();
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
    }

    [Fact]
    public async Task Out_of_time_it_leaves_no_socket_of_any_address()
    {
        using var listener = Listener.Clogged(IPAddress.Any);
        var connecting = StreamClient.ConnectAsync("printer", listener.Port, Resolving(_three));
        await _time.AdvanceToTimerAsync(_delay);
        await _time.TimerAsync(_delay).Within();

        _time.Advance(TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => connecting).Within();
        Assert.Equal(_three, error.Attempts.Select(attempt => ((IPEndPoint)attempt.EndPoint).Address));
        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
    }

    [Fact]
    public async Task An_address_that_refuses_has_the_next_one_tried_at_once()
    {
        using var host = ListenerPair.Of(Listener.Tcp, Listener.Refusing);
        var options = Resolving(IPAddress.IPv6Loopback, IPAddress.Loopback); // its clock stands still
        await using var stream = await StreamClient.ConnectAsync("printer", host.Port, options).Within();

        await host.Four.TalkAsync(stream);
    }

    [Theory]
    [InlineData(null, 250, "::1 127.0.0.1 ::ffff:127.0.0.1")]
    [InlineData(null, -1, "::1 ::ffff:127.0.0.1 127.0.0.1")]
    [InlineData(0, 250, "::1 ::ffff:127.0.0.1 127.0.0.1")]
    [InlineData(1, -1, "::1 127.0.0.1 ::ffff:127.0.0.1")]
    [InlineData(2, 250, "::1 ::ffff:127.0.0.1 127.0.0.1")]
    public async Task Interleave_says_how_the_families_take_turns(int? interleave, int delay, string order)
    {
        using var host = ListenerPair.Of(Listener.Refusing, Listener.Refusing);
        var options = Resolving(IPAddress.IPv6Loopback, IPAddress.Loopback.MapToIPv6(), IPAddress.Loopback);
        options.Interleave = interleave;
        options.HappyEyeballsDelay = TimeSpan.FromMilliseconds(delay);

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", host.Port, options)).Within();

        Assert.Equal(order, string.Join(' ', error.Attempts.Select(attempt => ((IPEndPoint)attempt.EndPoint).Address)));
    }

    private StreamClientOptions Resolving(params IPAddress[] addresses) => new()
    {
        Time = _time,
        ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>(addresses),
    };
}
