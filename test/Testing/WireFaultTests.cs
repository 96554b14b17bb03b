using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Faults behind a byte.</summary>
public class WireFaultTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_reset_comes_behind_its_byte_and_breaks_both_ways(int place)
    {
        await using var pair = With(WireFault.ResetAfter(place));
        await pair.Client.WriteAsync("hello\n").Within();

        Assert.Equal("hello\n"[..place], await pair.Server.ReadAsync(100).TextAsync());
        await IsResetAsync(() => pair.Server.ReadAsync(100).Within());
        await IsResetAsync(() => pair.Client.ReadAsync(100).Within());
        await IsResetAsync(() => pair.Client.WriteAsync("more").Within());
    }

    [Fact]
    public async Task A_reset_wakes_who_waits_at_the_other_end()
    {
        await using var pair = With(WireFault.ResetAfter(2));
        var waiting = pair.Client.ReadAsync(100).AsTask();
        await pair.Client.WriteAsync("hello\n").Within();
        await pair.Server.ReadAsync(100).Within();

        await IsResetAsync(() => waiting.Within());
    }

    [Fact]
    public async Task A_connection_may_be_broken_from_the_start()
    {
        await using var pair = With(WireFault.ResetAfter(0));
        await IsResetAsync(() => pair.Server.ReadAsync(100).Within());
        await IsResetAsync(() => pair.Client.WriteAsync("hello").Within());
    }

    [Fact]
    public async Task Resets_on_both_ways_are_no_trouble()
    {
        await using var pair = StreamPair.Create(
            new StreamPairOptions { ToServer = { Fault = WireFault.ResetAfter(1) }, ToClient = { Fault = WireFault.ResetAfter(1) } });
        await pair.Client.WriteAsync("a").Within();
        await pair.Server.WriteAsync("b").Within();
        await Task.WhenAll(UntilResetAsync(pair.Client), UntilResetAsync(pair.Server)).Within();
    }

    [Fact]
    public async Task An_end_comes_behind_its_byte_and_the_other_way_goes_on()
    {
        await using var pair = With(WireFault.EndAfter(3));
        await pair.Client.WriteAsync("hello\n").Within();

        Assert.Equal("hel", await pair.Server.ReadToEndAsync().TextAsync());
        await pair.Client.WriteAsync(new byte[1_000_000]).Within();
        await pair.Client.WriteEofAsync().Within();
        await pair.Server.WriteAsync("answer\n").Within();
        Assert.Equal("answer\n", await pair.Client.ReadLineAsync().TextAsync());
        Assert.Empty(await pair.Server.ReadAsync(100).Within());
    }

    [Fact]
    public async Task An_input_may_end_before_its_first_byte()
    {
        await using var pair = With(WireFault.EndAfter(0));
        Assert.Empty(await pair.Server.ReadAsync(100).Within());
    }

    [Fact]
    public async Task A_stall_holds_bytes_and_end_and_then_the_sender()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Fault = WireFault.StallAfter(3), Room = 10 } });
        var sending = pair.Client.WriteAsync(new byte[100]).AsTask();
        Assert.Equal(3, (await pair.Server.ReadAsync(100).Within()).Length);

        using var patience = new CancellationTokenSource();
        var reading = pair.Server.ReadAsync(100, patience.Token).AsTask();
        await pair.Server.WriteAsync("the other way goes on\n").Within();
        await pair.Client.ReadLineAsync().Within();
        Assert.False(reading.IsCompleted);
        Assert.False(sending.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
    }

    [Fact]
    public async Task A_fault_is_met_in_whatever_pieces_the_bytes_come()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Cuts = Cuts.Every(4), Fault = WireFault.EndAfter(6) } });
        await pair.Client.WriteAsync("0123456789").Within();
        Assert.Equal("0123", await pair.Server.ReadAsync(100).TextAsync());
        Assert.Equal("45", await pair.Server.ReadAsync(100).TextAsync());
        Assert.Empty(await pair.Server.ReadAsync(100).Within());
    }

    [Fact]
    public void A_place_before_the_first_byte_is_refused_and_a_fault_says_what_it_is()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => WireFault.ResetAfter(-1));
        Assert.Equal("Stall after 7 bytes", $"{WireFault.StallAfter(7)}");
    }

    private static StreamPair With(WireFault fault) => StreamPair.Create(new StreamPairOptions { ToServer = { Fault = fault } });

    private static async Task IsResetAsync(Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<IOException>(call);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    private static Task UntilResetAsync(ConnectionStream stream) => IsResetAsync(async () =>
    {
        while (true) Assert.NotEmpty(await stream.ReadAsync(100).Within());
    });
}
