namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Skipping_goes_on_after_a_line_over_the_limit()
    {
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task sending = SendAllAsync();
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());

        Assert.Equal(1_000_001, await stream.SkipLineAsync().Within());

        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).Text());
        await sending.Within();

        async Task SendAllAsync()
        {
            await peer.SendAsync(new string('z', 1_000_000));
            await peer.SendAsync("\nnext\n");
        }
    }

    [Fact]
    public async Task Skipping_goes_on_after_a_line_over_the_limit_that_is_still_coming()
    {
        await using Pair pair = await ConnectAsync(limit: 10).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("01234567890").Within();
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());

        Task<long> skipping = stream.SkipLineAsync().AsTask();
        await Eventually.StaysPendingAsync(skipping);
        await peer.SendAsync("the rest of it\nnext\n").Within();

        Assert.Equal(26, await skipping.Within());
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).Text());
    }

    [Fact]
    public async Task Skipping_to_the_end_of_the_input_tells_what_was_skipped()
    {
        await using Pair pair = await ConnectAsync(limit: 10).Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("line\nmuch more than the limit").Within();

        Assert.Equal(5, await stream.SkipLineAsync().Within());
        Assert.Equal(24, await stream.SkipLineAsync().Within());
        Assert.Equal(0, await stream.SkipLineAsync().Within());
        Assert.Equal(0, await stream.SkipUntilAsync("--"u8).Within());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Skipping_to_a_separator_leaves_what_is_behind_it()
    {
        await using Pair pair = await ConnectAsync(limit: 10).Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("garbage -- more garbage ----- rest").Within();

        Assert.Equal(29, await stream.SkipUntilAsync("-----"u8).Within());
        Assert.Equal(" rest", (await stream.ReadToEndAsync().Within()).Text());
    }

    [Fact]
    public async Task A_cancelled_skip_has_skipped_what_it_has_skipped()
    {
        await using Pair pair = await ConnectAsync(limit: 10).Within();
        var (stream, peer) = pair;
        using var cancel = new CancellationTokenSource();
        Task<long> skipping = stream.SkipLineAsync(cancel.Token).AsTask();
        await peer.SendAsync(new string('s', 1000)).Within();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => skipping.Within());

        await peer.SendAsync("tail\nnext\n").Within();

        Assert.InRange(await stream.SkipLineAsync().Within(), 5, 1005);
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).Text());
    }
}
