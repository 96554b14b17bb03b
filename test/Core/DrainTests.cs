namespace Kestrel.Streams.Tests;

public class DrainTests
{
    [Fact]
    public async Task At_once_up_to_the_high_water_mark()
    {
        var (stream, transport) = Create(high: 10, low: 5);
        await using var closing = stream;
        stream.Write(new byte[10]);
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        stream.Abort();
    }

    [Fact]
    public async Task Above_it_waits_for_the_low_water_mark()
    {
        var (stream, transport) = Create(high: 10, low: 5);
        await using var closing = stream;
        var first = stream.WriteAsync(new byte[6]).AsTask();
        var second = stream.WriteAsync(new byte[5]).AsTask();
        var drain = stream.DrainAsync().AsTask();
        Assert.False(drain.IsCompleted);
        (await transport.NextSendAsync()).Complete();
        await drain.Within();
        await first.Within();
        Assert.False(second.IsCompleted);
        (await transport.NextSendAsync()).Complete();
        await second.Within();
    }

    [Fact]
    public async Task Between_the_marks_is_not_yet_low_enough()
    {
        var (stream, transport) = Create(high: 10, low: 2);
        await using var closing = stream;
        _ = stream.WriteAsync(new byte[6]).AsTask();
        _ = stream.WriteAsync(new byte[5]).AsTask();
        var drain = stream.DrainAsync().AsTask();
        (await transport.NextSendAsync()).Complete();
        var last = await transport.NextSendAsync();
        Assert.False(drain.IsCompleted);
        last.Complete();
        await drain.Within();
    }

    [Fact]
    public async Task A_high_water_mark_of_zero_waits_until_nothing_is_unsent()
    {
        var (stream, transport) = Create(high: 0, low: 16384);
        await using var closing = stream;
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        stream.Write("x"u8);
        var drain = stream.DrainAsync().AsTask();
        var send = await transport.NextSendAsync();
        Assert.False(drain.IsCompleted);
        send.Complete();
        await drain.Within();
    }

    [Fact]
    public async Task A_low_water_mark_above_the_high_one_counts_as_the_high_one()
    {
        var (stream, transport) = Create(high: 4, low: 100);
        await using var closing = stream;
        stream.Write(new byte[5]);
        var drain = stream.DrainAsync().AsTask();
        var send = await transport.NextSendAsync();
        Assert.False(drain.IsCompleted);
        send.Complete();
        await drain.Within();
    }

    [Fact]
    public async Task What_the_transport_takes_at_once_needs_no_wait()
    {
        var transport = new ScriptedTransport { Tries = true };
        await using var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { HighWaterMark = 0 });
        stream.Write("x"u8);
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal("x", transport.Sent.ToText());
    }

    [Fact]
    public async Task What_the_transport_takes_at_once_may_be_enough()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 8, HoldsSends = true };
        await using var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { HighWaterMark = 5, LowWaterMark = 2 });
        stream.Write(new byte[10]);
        await stream.DrainAsync().Within();
        (await transport.NextSendAsync()).Complete();
        await stream.FlushAsync().Within();
    }

    [Fact]
    public async Task Many_may_wait_and_one_cancelled_does_not_disturb_the_others()
    {
        var (stream, transport) = Create(high: 0, low: 0);
        await using var closing = stream;
        using var source = new CancellationTokenSource();
        stream.Write("x"u8);
        var first = stream.DrainAsync().AsTask();
        var gone = stream.DrainAsync(source.Token).AsTask();
        var third = stream.DrainAsync().AsTask();
        await source.CancelAsync();
        await gone.ThrowsCancelledAsync(source.Token);
        Assert.False(first.IsCompleted || third.IsCompleted);
        (await transport.NextSendAsync()).Complete();
        await first.Within();
        await third.Within();
    }

    [Fact]
    public async Task It_wakes_with_the_close()
    {
        var (stream, transport) = Create(high: 0, low: 0);
        stream.Write("x"u8);
        var drain = stream.DrainAsync().AsTask();
        var send = await transport.NextSendAsync();
        var closing = stream.CloseAsync().AsTask();
        await drain.ThrowsClosedAsync();
        Assert.False(closing.IsCompleted);
        send.Complete();
        await closing.Within();
        await stream.DrainAsync().ThrowsClosedAsync();
    }

    [Fact]
    public async Task A_write_that_was_cancelled_in_the_queue_is_not_unsent_any_more()
    {
        var (stream, transport) = Create(high: 10, low: 5);
        await using var closing = stream;
        using var source = new CancellationTokenSource();
        _ = stream.WriteAsync("x"u8.ToArray()).AsTask();
        var gone = stream.WriteAsync(new byte[100_000], source.Token).AsTask();
        await source.CancelAsync();
        await gone.ThrowsCancelledAsync(source.Token);
        await stream.DrainAsync().Within();
        (await transport.NextSendAsync()).Complete();
    }

    [Fact]
    public async Task It_goes_on_when_the_write_that_it_waits_for_is_cancelled_and_so_does_a_blocked_write()
    {
        var (stream, transport) = Create(high: 10, low: 5);
        await using var closing = stream;
        using var source = new CancellationTokenSource();
        _ = stream.WriteAsync("x"u8.ToArray()).AsTask();
        var gone = stream.WriteAsync(new byte[100_000], source.Token).AsTask();
        var drain = stream.DrainAsync().AsTask();
        var blocked = Task.Factory.StartNew(() => stream.Write("y"u8), TaskCreationOptions.LongRunning);
        Assert.False(drain.IsCompleted);
        await source.CancelAsync();
        await gone.ThrowsCancelledAsync(source.Token);
        await drain.Within();
        await blocked.Within();
        transport.HoldsSends = false;
        (await transport.NextSendAsync()).Complete();
        await stream.FlushAsync().Within();
        Assert.Equal("xy", transport.Sent.ToText());
    }

    private static (ConnectionStream Stream, ScriptedTransport Transport) Create(int high, int low)
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var options = new ConnectionStreamOptions { HighWaterMark = high, LowWaterMark = low };
        return (ConnectionStream.Create(transport, options), transport);
    }
}
