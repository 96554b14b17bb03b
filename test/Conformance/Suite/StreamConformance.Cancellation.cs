namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    public static TheoryData<string> AllReads => new(Reads.All.Keys);

    public static TheoryData<string> LosslessReads => new(Reads.WholeLine.Keys.Concat(Reads.Some.Keys));

    [Theory]
    [MemberData(nameof(LosslessReads))]
    public async Task A_cancelled_read_takes_nothing_and_the_stream_goes_on(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Reads.Read read = Reads.All[member];
        await AssertCancelledAsync(read);

        if (Reads.WholeLine.ContainsKey(member))
        {
            await peer.SendAsync("par").Within();
            await AssertCancelledAsync(read);
            await AssertCancelledAsync(read);
            await peer.SendAndFinAsync("tial\n").Within();
            Assert.Equal(Reads.Line, (await read(stream, CancellationToken.None).Within()).Text());
        }
        else
        {
            await peer.SendAndFinAsync(Reads.Line).Within();
            string first = (await read(stream, CancellationToken.None).Within()).Text();
            Assert.Equal(Reads.Line, first + (await stream.ReadToEndAsync().Within()).Text());
        }

        async Task AssertCancelledAsync(Reads.Read waiting)
        {
            using var cancel = new CancellationTokenSource();
            Task<byte[]> reading = waiting(stream, cancel.Token);
            await Eventually.StaysPendingAsync(reading);
            await cancel.CancelAsync();
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
            Assert.Equal(cancel.Token, cancelled.CancellationToken);
        }
    }

    [Theory]
    [InlineData("ReadExactlyAsync")]
    [InlineData("BorrowExactlyAsync")]
    [InlineData("ReadToEndAsync")]
    [InlineData("ReadAsync")]
    public async Task A_large_read_that_is_cancelled_half_way_takes_nothing(string member)
    {
        byte[] data = Bytes.Known(1_000_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        using var cancel = new CancellationTokenSource();
        await peer.SendAsync(data.AsMemory(0, 10)).Within();
        Bytes.AssertSame(data.AsMemory(0, 5), await stream.ReadExactlyAsync(5).Within());
        Task reading = member switch
        {
            "ReadExactlyAsync" => stream.ReadExactlyAsync(data.Length - 5, cancel.Token).AsTask(),
            "BorrowExactlyAsync" => stream.BorrowExactlyAsync(data.Length - 5, cancel.Token).AsTask(),
            "ReadToEndAsync" => stream.ReadToEndAsync(cancellationToken: cancel.Token).AsTask(),
            _ => stream.ReadAsync(-1, cancel.Token).AsTask(),
        };
        await peer.SendAsync(data.AsMemory(10, 600_000)).Within();

        await cancel.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());

        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        Task sending = peer.SendAsync(data.AsMemory(600_010));
        Bytes.AssertSame(data.AsMemory(5), await stream.ReadExactlyAsync(data.Length - 5).Within());
        await sending.Within();
    }

    [Theory]
    [InlineData("ReadLineAsync()", "large")]
    [InlineData("large", "ReadLineAsync()")]
    [InlineData("large", "large")]
    [InlineData("BorrowExactlyAsync", "large")]
    [InlineData("ReadAsync(-1)", "large")]
    public async Task Cancelled_reads_of_different_kinds_take_nothing_between_them(string first, string second)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("head\nA line ").Within();
        Assert.Equal("head\n", (await stream.ReadLineAsync().Within()).Text());
        await CancelAsync(first);
        await CancelAsync(second);
        await peer.SendAsync("that comes in ").Within();
        await CancelAsync(second);
        await CancelAsync(first);
        await peer.SendAsync("three parts.\n").Within();

        Assert.Equal("A line that comes in three parts.\n", (await stream.ReadLineAsync().Within()).Text());

        async Task CancelAsync(string member)
        {
            using var cancel = new CancellationTokenSource();
            Task reading = member switch
            {
                // Large enough to be received past the buffer.
                "large" => stream.ReadExactlyAsync(1 << 20, cancel.Token).AsTask(),
                "BorrowExactlyAsync" => stream.BorrowExactlyAsync(1000, cancel.Token).AsTask(),
                _ => Reads.WholeLine[member](stream, cancel.Token),
            };
            await Eventually.StaysPendingAsync(reading);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
        }
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_wins_everywhere_and_nothing_happens()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("first\npartial\n").Within();
        Assert.Equal("first\n", (await stream.ReadLineAsync().Within()).Text());
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        CancellationToken token = cancel.Token;

        List<string?> complaints = [];
        foreach (var (name, read) in Reads.All)
            complaints.Add(await WhyNotCancelledAsync(name, () => read(stream, token)));
        complaints.Add(await WhyNotCancelledAsync("ReadAsync(0)", () => stream.ReadAsync(0, token).AsTask()));
        complaints.Add(await WhyNotCancelledAsync("ReadExactlyAsync(0)", () => stream.ReadExactlyAsync(0, token).AsTask()));
        complaints.Add(await WhyNotCancelledAsync("BorrowExactlyAsync(0)", () => stream.BorrowExactlyAsync(0, token).AsTask()));
        foreach (var (name, write) in Writes.All)
            complaints.Add(await WhyNotCancelledAsync(name, () => write(stream, token)));
        complaints.Add(await WhyNotCancelledAsync("WriteAsync(empty)", () => stream.WriteAsync(Array.Empty<byte>(), token).AsTask()));
        complaints.Add(await WhyNotCancelledAsync("DrainAsync", () => stream.DrainAsync(token).AsTask()));
        complaints.Add(await WhyNotCancelledAsync("FlushAsync", () => stream.FlushAsync(token)));
        if (CanHalfClose)
            complaints.Add(await WhyNotCancelledAsync("WriteEofAsync", () => stream.WriteEofAsync(token).AsTask()));
        complaints.Add(await WhyNotCancelledAsync("WaitClosedAsync", () => stream.WaitClosedAsync(token)));
        AssertNone(complaints);

        Assert.Equal(Reads.Line, (await stream.ReadLineAsync().Within()).Text());
        await stream.WriteAsync("the first that is sent").Within();
        Assert.Equal("the first that is sent", await peer.ReceiveTextAsync(22).Within());
        Assert.Null(await WhyNotCancelledAsync("CloseAsync", () => stream.CloseAsync(token).AsTask()));

        async Task<string?> WhyNotCancelledAsync(string member, Func<Task> call)
        {
            Exception? thrown = await Record.ExceptionAsync(() => call().Within());
            return thrown is OperationCanceledException cancelled && cancelled.CancellationToken == token ? null : $"{member}: {thrown}";
        }
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_stream_usable()
    {
        byte[] data = Bytes.Known(Bytes.MoreThanFits);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        using var cancel = new CancellationTokenSource();
        Task large = stream.WriteAsync(data, cancel.Token).AsTask();
        Task[] waiting =
        [
            stream.WriteAsync("....", cancel.Token).AsTask(), stream.DrainAsync(cancel.Token).AsTask(), stream.FlushAsync(cancel.Token),
        ];
        await Eventually.StaysPendingAsync(Task.WhenAny([large, .. waiting]));

        await cancel.CancelAsync();

        foreach (Task one in waiting.Prepend(large))
        {
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.Within());
            Assert.Equal(cancel.Token, cancelled.CancellationToken);
        }

        Task last = stream.WriteAsync("the end").AsTask();
        Task closing = CloseAfterAsync(last);
        byte[] received = await peer.ReceiveToEndAsync().Within();
        await last.Within();
        await closing.Within();
        string tail = received[data.AsSpan().CommonPrefixLength(received)..].Text();
        Assert.Matches(@"^\.{0,4}the end$", tail);

        async Task CloseAfterAsync(Task write)
        {
            await write;
            await stream.CloseAsync();
        }
    }

    [Fact]
    public async Task Waiting_for_the_close_can_be_cancelled()
    {
        await using Pair pair = await ConnectAsync().Within();
        using var cancel = new CancellationTokenSource();
        Task waiting = pair.Stream.WaitClosedAsync(cancel.Token);
        Task other = pair.Stream.WaitClosedAsync();
        await Eventually.StaysPendingAsync(waiting);

        await cancel.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        Assert.False(other.IsCompleted);
    }
}
