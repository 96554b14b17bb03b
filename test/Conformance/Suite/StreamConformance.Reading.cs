namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Reading_zero_bytes_is_empty_at_once_and_takes_nothing()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Assert.Empty(await stream.ReadAsync(0).Within());
        Assert.Empty(await stream.ReadExactlyAsync(0).Within());
        Assert.True((await stream.BorrowExactlyAsync(0).Within()).IsEmpty);

        await peer.SendAsync("ab\n").Within();
        Assert.Equal("a", (await stream.ReadExactlyAsync(1).Within()).Text());
        Assert.Empty(await stream.ReadAsync(0).Within());
        Assert.Equal("b\n", (await stream.ReadLineAsync().Within()).Text());
    }

    [Fact]
    public async Task A_read_waits_only_while_nothing_is_there_and_gives_at_most_the_count()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Task<byte[]> first = stream.ReadAsync(1000).AsTask();
        await Eventually.StaysPendingAsync(first);
        await peer.SendAsync("hello world").Within();
        string all = (await first.Within()).Text();
        Assert.NotEmpty(all);

        await peer.SendAsync("hello world").Within();
        while (all.Length < 22)
        {
            string more = (await stream.ReadAsync(4).Within()).Text();
            Assert.InRange(more.Length, 1, 4);
            all += more;
        }

        Assert.Equal("hello worldhello world", all);
    }

    [Fact]
    public async Task A_read_without_a_count_collects_to_the_end()
    {
        byte[] data = Bytes.Known(300_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;

        Task<byte[]> reading = stream.ReadAsync().AsTask();
        await peer.SendAsync(data).Within();
        await Eventually.StaysPendingAsync(reading);
        await peer.SendFinAsync().Within();

        Bytes.AssertSame(data, await reading.Within());
    }

    [Fact]
    public async Task After_the_end_reads_are_empty_for_ever()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("x").Within();

        Assert.Equal("x", (await stream.ReadAsync(10).Within()).Text());
        for (int again = 0; again < 2; again++)
        {
            Assert.Empty(await stream.ReadAsync(10).Within());
            Assert.Empty(await stream.ReadAsync(-1).Within());
            Assert.Empty(await stream.ReadLineAsync().Within());
            Assert.Empty(await stream.ReadToEndAsync().Within());
            Assert.True((await stream.BorrowAsync().Within()).IsEmpty);
            Assert.Equal(0, await stream.SkipLineAsync().Within());
        }
    }

    [Fact]
    public async Task Reading_exactly_takes_just_that_many()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("one").Within();
        await peer.SendAsync("twothree").Within();

        Assert.Equal("onetw", (await stream.ReadExactlyAsync(5).Within()).Text());
        Assert.Equal("othre", (await stream.ReadExactlyAsync(5).Within()).Text());
        Assert.Equal("e", (await stream.ReadExactlyAsync(1).Within()).Text());
    }

    [Fact]
    public async Task Reading_exactly_far_beyond_the_limit_does_not_dead_lock()
    {
        byte[] data = Bytes.Known(1 << 20);
        await using Pair pair = await ConnectAsync(limit: 65536).Within();
        var (stream, peer) = pair;

        Task sending = SendAllAsync();
        Assert.Equal("first\n", (await stream.ReadLineAsync().Within()).Text());
        Bytes.AssertSame(data, await stream.ReadExactlyAsync(data.Length).Within());
        Assert.Equal("last\n", (await stream.ReadLineAsync().Within()).Text());
        await sending.Within();

        async Task SendAllAsync()
        {
            await peer.SendAsync("first\n");
            await peer.SendAsync(data);
            await peer.SendAsync("last\n");
        }
    }

    [Fact]
    public async Task An_exact_read_that_the_end_cuts_tells_both_numbers_and_gives_what_had_come()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("123456789012345678").Within();

        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadExactlyAsync(36).Within());

        Assert.Contains("18 bytes read on a total of 36 expected bytes", cut.Message, StringComparison.Ordinal);
        Assert.Equal(36, cut.Expected);
        Assert.Equal("123456789012345678", cut.Partial.Text());
        Assert.Empty(await stream.ReadAsync().Within());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task A_large_exact_read_that_the_end_cuts_gives_all_that_had_come()
    {
        byte[] data = Bytes.Known(200_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task<byte[]> reading = stream.ReadExactlyAsync(1 << 20).AsTask();
        await peer.SendAsync(data).Within();
        await peer.SendFinAsync().Within();

        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => reading.Within());

        Assert.Equal(1 << 20, cut.Expected);
        Bytes.AssertSame(data, cut.Partial);
    }

    [Fact]
    public async Task Reading_to_the_end_takes_as_many_bytes_as_it_may()
    {
        byte[] data = Bytes.Known(200_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task<byte[]> reading = stream.ReadToEndAsync(maxBytes: data.Length).AsTask();
        await peer.SendAsync(data).Within();
        await peer.SendFinAsync().Within();

        Bytes.AssertSame(data, await reading.Within());
    }

    [Fact]
    public async Task Reading_to_the_end_refuses_more_than_it_may_take()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("123456").Within();

        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadToEndAsync(maxBytes: 5).Within());

        Assert.Equal(5, over.Limit);
    }

    [Fact]
    public async Task Different_reads_follow_each_other_without_a_gap()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("line\n12345key;rest").Within();

        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("12345", (await stream.ReadExactlyAsync(5).Within()).Text());
        Assert.Equal("key;", (await stream.ReadUntilAsync((byte)';').Within()).Text());
        Assert.Equal("re", (await stream.BorrowExactlyAsync(2).Within()).Text());
        Assert.Equal("st", (await stream.ReadAsync().Within()).Text());
    }
}
