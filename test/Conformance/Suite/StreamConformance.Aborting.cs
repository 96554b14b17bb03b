namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task The_peer_sees_an_abort_as_what_it_is()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await stream.WriteAsync("half of an ans").Within();
        Assert.Equal("half of an ans", await peer.ReceiveTextAsync(14).Within());

        stream.Abort();

        if (ShowsAbort)
            await Assert.ThrowsAnyAsync<IOException>(() => peer.ReceiveToEndAsync().Within());
        else
            Assert.Empty(await peer.ReceiveToEndAsync().Within());
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Aborting_drops_what_is_unsent()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        await Eventually.StaysPendingAsync(writing);

        await stream.AbortAsync().Within();

        Assert.InRange(await CountUntilGoneAsync(peer).Within(), 0, Bytes.MoreThanFits - 1);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
    }

    [Theory]
    [MemberData(nameof(AllReads))]
    public async Task A_blocked_read_wakes_on_abort(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        Task<byte[]> reading = Reads.All[member](pair.Stream, CancellationToken.None);
        Assert.False(reading.IsCompleted);

        pair.Stream.Abort();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
    }

    [Fact]
    public async Task Blocked_writers_wake_on_abort()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, _) = pair;
        List<Task> blocked = [stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask(), stream.DrainAsync().AsTask(), stream.FlushAsync()];
        foreach (Writes.Write write in Writes.All.Values)
            blocked.Add(write(stream, CancellationToken.None));
        if (CanHalfClose)
            blocked.Add(stream.WriteEofAsync().AsTask());
        await Eventually.StaysPendingAsync(Task.WhenAny(blocked));

        stream.Abort(new TimeoutException("Too slow."));

        foreach (Task one in blocked)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => one.Within());
    }

    [Fact]
    public async Task A_blocked_buffered_write_wakes_on_abort()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        var chunk = new byte[4096];
        Task writing = Task.Factory.StartNew(
            WriteForEver, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(100_000, (await peer.ReceiveAsync(100_000).Within()).Length);
        await Eventually.StaysPendingAsync(writing);

        stream.Abort();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());

        void WriteForEver()
        {
            while (true)
                stream.Write(chunk);
        }
    }

    [Fact]
    public async Task After_abort_every_member_says_that_the_stream_is_closed()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("unread\n").Within();
        Task fired = Eventually.FiredAsync(stream.Closed);

        stream.Abort();
        stream.Abort(new TimeoutException("Again."));
        await stream.AbortAsync().Within();

        await AssertClosedAsync(stream);
        await fired.Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task An_abort_ends_a_close_that_waits_for_the_peer()
    {
        NeedsAllOptions();
        await using Pair pair = await ConnectAsync(new ConnectionStreamOptions { HighWaterMark = 2 * Bytes.MoreThanFits }).Within();
        var (stream, peer) = pair;
        await Task.Run(() => stream.Write(new byte[Bytes.MoreThanFits])).Within();
        Task closing = stream.CloseAsync().AsTask();
        await Eventually.StaysPendingAsync(closing);

        stream.Abort();

        await closing.Within(TimeSpan.FromSeconds(5));
        await stream.WaitClosedAsync().Within();
        Assert.InRange(await CountUntilGoneAsync(peer).Within(), 0, Bytes.MoreThanFits - 1);
    }

    [Fact]
    public async Task Aborting_a_closed_stream_is_fine()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        stream.Write("whole"u8);
        await stream.CloseAsync().Within();
        Assert.Equal("whole", (await peer.ReceiveToEndAsync().Within()).Text());

        stream.Abort();
        await stream.AbortAsync().Within();

        await stream.WaitClosedAsync().Within();
    }
}
