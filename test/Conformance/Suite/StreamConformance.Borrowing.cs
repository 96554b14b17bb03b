namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Borrowing_gives_what_is_there_and_nothing_at_the_end()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<ReadOnlyMemory<byte>> first = stream.BorrowAsync().AsTask();
        await Eventually.StaysPendingAsync(first);
        await peer.SendAndFinAsync("hello").Within();

        string all = (await first.Within()).Text();
        Assert.NotEmpty(all);
        while (await stream.BorrowAsync().Within() is { IsEmpty: false } more)
            all += more.Text();

        Assert.Equal("hello", all);
    }

    [Fact]
    public async Task Borrowed_memory_is_valid_until_the_next_read_whatever_else_happens()
    {
        byte[] line = [.. Bytes.KnownLines(20_000).Where(b => b != '\n').Take(5000), (byte)'\n'];
        byte[] later = [.. Bytes.Known(20_000)];
        await using Pair pair = await ConnectAsync(limit: 8000).Within();
        var (stream, peer) = pair;
        Task closed = Eventually.FiredAsync(stream.Closed);
        await peer.SendAsync(line).Within();

        ReadOnlyMemory<byte> borrowed = await stream.BorrowLineAsync().Within();
        Task sending = peer.SendAsync(later);
        for (int i = 0; i < 100; i++)
        {
            Assert.False(stream.AtEof);
            await stream.WriteAsync("written beside it\n").Within();
            Assert.Equal("written beside it\n", await peer.ReceiveTextAsync(18).Within());
        }

        Bytes.AssertSame(line, borrowed);
        Bytes.AssertSame(later, await stream.ReadExactlyAsync(later.Length).Within());
        await sending.Within();
        Assert.False(closed.IsCompleted);
    }

    [Fact]
    public async Task Borrowed_lines_and_records_are_those_that_reads_give()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("line\n\nrec\rord\r\n12345;cut").Within();

        Assert.Equal("line\n", (await stream.BorrowLineAsync().Within()).Text());
        Assert.Equal("\n", (await stream.BorrowLineAsync().Within()).Text());
        Assert.Equal("rec\rord\r\n", (await stream.BorrowUntilAsync("\r\n"u8).Within()).Text());
        Assert.Equal("12345", (await stream.BorrowExactlyAsync(5).Within()).Text());
        Assert.Equal(";cut", (await stream.BorrowLineAsync().Within()).Text());
        Assert.True((await stream.BorrowLineAsync().Within()).IsEmpty);
    }

    [Fact]
    public async Task Borrowing_exactly_far_beyond_the_limit_works()
    {
        byte[] data = Bytes.Known(1 << 20);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task sending = peer.SendAsync(data);

        Bytes.AssertSame(data, (await stream.BorrowExactlyAsync(data.Length).Within()));

        await sending.Within();
        await peer.SendAsync("on\n").Within();
        Assert.Equal("on\n", (await stream.BorrowLineAsync().Within()).Text());
    }

    [Fact]
    public async Task An_exact_borrow_that_the_end_cuts_tells_both_numbers()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("1234").Within();

        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.BorrowExactlyAsync(9).Within());

        Assert.Equal(9, cut.Expected);
        Assert.Equal("1234", cut.Partial.Text());
        Assert.True((await stream.BorrowAsync().Within()).IsEmpty);
    }

    [Fact]
    public async Task A_loop_over_borrowed_lines_ends_with_the_input()
    {
        byte[] data = Bytes.KnownLines(50_000);
        await using Pair pair = await ConnectAsync(limit: 200).Within();
        var (stream, peer) = pair;
        Task sending = SendAllAsync();

        Bytes.AssertSame(data, await CollectAsync().Within());
        await sending.Within();

        async Task SendAllAsync()
        {
            await peer.SendAsync(data);
            await peer.SendFinAsync();
        }

        async Task<byte[]> CollectAsync()
        {
            using var all = new MemoryStream();
            await foreach (ReadOnlyMemory<byte> line in stream.BorrowLinesAsync())
                all.Write(line.Span);
            return all.ToArray();
        }
    }

    [Fact]
    public async Task TryBorrowLine_gives_the_whole_lines_that_are_buffered_already()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Assert.False(stream.TryBorrowLine(out ReadOnlyMemory<byte> none));
        Assert.True(none.IsEmpty);

        await peer.SendAsync("one\ntwo\n\ncut").Within();
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).Text());

        Assert.True(stream.TryBorrowLine(out ReadOnlyMemory<byte> line));
        Assert.Equal("two\n", line.Text());
        Assert.True(stream.TryBorrowLine(out line));
        Assert.Equal("\n", line.Text());
        Assert.False(stream.TryBorrowLine(out line));

        await peer.SendAsync(" no more\n").Within();
        Assert.Equal("cut no more\n", (await stream.BorrowLineAsync().Within()).Text());
        Assert.False(stream.TryBorrowLine(out line));
    }

    [Fact]
    public async Task TryBorrowLine_refuses_a_line_over_the_limit_and_leaves_it()
    {
        await using Pair pair = await ConnectAsync(limit: 4).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("1\n12345\n").Within();
        Assert.Equal("1\n", (await stream.ReadLineAsync().Within()).Text());

        Assert.Throws<LimitOverrunException>(() => stream.TryBorrowLine(out _));

        Assert.Equal("12345\n", (await stream.ReadExactlyAsync(6).Within()).Text());
    }
}
