namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Draining_is_done_at_once_when_nothing_waits()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        stream.Write("hello"u8);
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal("hello", await peer.ReceiveTextAsync(5).Within());
    }

    [Fact]
    public async Task Draining_waits_above_the_high_water_mark_until_the_peer_has_read()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        Task first = stream.DrainAsync().AsTask();
        Task second = stream.DrainAsync().AsTask();
        await Eventually.StaysPendingAsync(Task.WhenAny(first, second));

        await peer.ReceiveAsync(Bytes.MoreThanFits).Within();

        await Task.WhenAll(first, second, writing).Within();
    }

    [Fact]
    public async Task Draining_is_done_at_once_under_the_high_water_mark()
    {
        NeedsAllOptions();
        await using Pair pair = await ConnectAsync(new ConnectionStreamOptions { HighWaterMark = 2 * Bytes.MoreThanFits }).Within();
        var (stream, peer) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();

        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);

        Assert.False(writing.IsCompleted);
        await peer.ReceiveAsync(Bytes.MoreThanFits).Within();
        await writing.Within();
    }

    [Fact]
    public async Task A_high_water_mark_of_zero_drains_to_the_last_byte()
    {
        NeedsAllOptions();
        await using Pair pair = await ConnectAsync(new ConnectionStreamOptions { HighWaterMark = 0 }).Within();
        var (stream, peer) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        Task draining = stream.DrainAsync().AsTask();
        await Eventually.StaysPendingAsync(draining);

        await peer.ReceiveAsync(Bytes.MoreThanFits).Within();

        await Task.WhenAll(draining, writing).Within();
        stream.Write("x"u8);
        await stream.DrainAsync().Within();
        Assert.Equal("x", await peer.ReceiveTextAsync(1).Within());
    }

    [Fact]
    public async Task Flushing_waits_until_all_unsent_bytes_are_below()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        Task flushing = stream.FlushAsync();
        await Eventually.StaysPendingAsync(flushing);

        await peer.ReceiveAsync(Bytes.MoreThanFits).Within();

        await Task.WhenAll(flushing, writing).Within();
        stream.Write("end"u8);
        await stream.FlushAsync().Within();
        Assert.Equal("end", await peer.ReceiveTextAsync(3).Within());
        Assert.True(stream.FlushAsync().IsCompletedSuccessfully);
    }
}
