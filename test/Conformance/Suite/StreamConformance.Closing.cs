using System.Diagnostics;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Closing_sends_what_is_unsent_and_then_the_end()
    {
        byte[] data = Bytes.Known(1 << 20);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> receiving = peer.ReceiveToEndAsync();
        Task writing = Task.Run(() => stream.Write(data));
        await writing.Within();

        await stream.CloseAsync().Within();

        Bytes.AssertSame(data, await receiving.Within());
        Assert.True(stream.IsClosing);
        await peer.SendFinAsync().Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Disposing_sends_what_is_unsent_too()
    {
        await DisposedBy(s => s.DisposeAsync().AsTask());
        await DisposedBy(s => Task.Run(s.Dispose));
        await DisposedBy(s => Task.Run(s.Close));

        async Task DisposedBy(Func<ConnectionStream, Task> dispose)
        {
            await using Pair pair = await ConnectAsync().Within();
            pair.Stream.Write("good bye"u8);
            await dispose(pair.Stream).Within();
            Assert.Equal("good bye", (await pair.Peer.ReceiveToEndAsync().Within()).Text());
            Assert.True(pair.Stream.IsClosing);
        }
    }

    [Fact]
    public async Task Closing_again_and_at_once_is_fine()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Assert.False(stream.IsClosing);
        stream.Write("good bye"u8);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await stream.CloseAsync()))).Within();

        await stream.CloseAsync().Within();
        await stream.DisposeAsync().AsTask().Within();
        stream.Dispose();
        Assert.Equal("good bye", (await peer.ReceiveToEndAsync().Within()).Text());
    }

    [Theory]
    [MemberData(nameof(AllReads))]
    public async Task A_blocked_read_wakes_on_close(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> reading = Reads.All[member](stream, CancellationToken.None);
        Assert.False(reading.IsCompleted);

        await stream.CloseAsync().Within();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
        Assert.Empty(await peer.ReceiveToEndAsync().Within());
    }

    [Fact]
    public async Task A_blocked_write_wakes_on_close()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, _) = pair;
        Task writing = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        Task draining = stream.DrainAsync().AsTask();
        await Eventually.StaysPendingAsync(Task.WhenAny(writing, draining));

        Task closing = stream.CloseAsync().AsTask();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within(TimeSpan.FromSeconds(5)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => draining.Within(TimeSpan.FromSeconds(5)));
        await stream.AbortAsync().Within();
        await closing.Within();
    }

    [Fact]
    public async Task After_close_every_member_says_that_the_stream_is_closed()
    {
        await using Pair pair = await ConnectAsync().Within();
        await pair.Peer.SendAsync("unread\n").Within();

        await pair.Stream.CloseAsync().Within();

        await AssertClosedAsync(pair.Stream);
    }

    [Fact]
    public async Task Unread_input_does_not_destroy_the_last_answer()
    {
        Assert.SkipUnless(Lingers, "There is no way to linger below this transport.");
        byte[] answer = Bytes.Known(200_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("first\n" + new string('u', 50_000)).Within();
        await stream.ReadLineAsync().Within();

        stream.Write(answer);
        Task closing = stream.CloseAsync().AsTask();

        // The peer goes on to talk as one that has not seen the end yet.
        await peer.SendAsync("more").Within();
        Bytes.AssertSame(answer, await peer.ReceiveToEndAsync().Within());
        await closing.Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Many_may_wait_for_the_close_before_and_after_it()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task[] waiting = [.. Enumerable.Range(0, 5).Select(_ => stream.WaitClosedAsync())];
        await Eventually.StaysPendingAsync(Task.WhenAny(waiting));

        await peer.CloseAsync().Within();
        await stream.CloseAsync().Within();

        await Task.WhenAll(waiting).Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Closed_fires_on_close()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, _) = pair;
        CancellationToken closed = stream.Closed;
        Assert.False(closed.IsCancellationRequested);
        Task fired = Eventually.FiredAsync(closed);

        await stream.CloseAsync().Within();

        await fired.Within();
        Assert.True(stream.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_peer_that_never_reads_cannot_hold_up_the_close()
    {
        NeedsAllOptions();
        await using Pair pair = await ConnectAsync(
            new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(200), HighWaterMark = 2 * Bytes.MoreThanFits }).Within();
        var (stream, peer) = pair;
        await Task.Run(() => stream.Write(new byte[Bytes.MoreThanFits])).Within();
        long started = Stopwatch.GetTimestamp();

        await stream.CloseAsync().Within();

        // Without the option it would take 10 seconds.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(9));
        await stream.WaitClosedAsync().Within();
        Assert.InRange(await CountUntilGoneAsync(peer).Within(), 0, Bytes.MoreThanFits - 1);
    }

    [Fact]
    public async Task Closing_after_the_peer_is_gone_is_fine()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        peer.Reset();
        await Record.ExceptionAsync(() => stream.ReadAsync().Within());

        await stream.CloseAsync().Within();

        await stream.WaitClosedAsync().Within();
        await AssertClosedAsync(stream);
    }

    private async Task AssertClosedAsync(ConnectionStream stream)
    {
        List<string?> complaints = [];
        foreach (var (name, read) in Reads.All)
            complaints.Add(await WhyNotAsync<ObjectDisposedException>(name, () => read(stream, CancellationToken.None)));
        foreach (var (name, read) in Reads.Blocking)
            complaints.Add(await WhyNotAsync<ObjectDisposedException>(name, () => Task.Run(() => read(stream))));
        foreach (var (name, write) in Writes.All)
            complaints.Add(await WhyNotAsync<ObjectDisposedException>(name, () => write(stream, CancellationToken.None)));
        foreach (var (name, write) in Writes.Blocking)
            complaints.Add(await WhyNotAsync<ObjectDisposedException>(name, () => Task.Run(() => write(stream))));
        complaints.Add(await WhyNotAsync<ObjectDisposedException>("TryBorrowLine", () => Task.Run(() => stream.TryBorrowLine(out _))));
        complaints.Add(await WhyNotAsync<ObjectDisposedException>("DrainAsync", () => stream.DrainAsync().AsTask()));
        complaints.Add(await WhyNotAsync<ObjectDisposedException>("FlushAsync", () => stream.FlushAsync()));
        if (CanHalfClose)
            complaints.Add(await WhyNotAsync<ObjectDisposedException>("WriteEofAsync", () => stream.WriteEofAsync().AsTask()));
        AssertNone(complaints);

        Assert.True(stream.IsClosing);
        Assert.True(stream.AtEof);
        Assert.False(stream.CanRead);
        Assert.False(stream.CanWrite);
        await stream.CloseAsync().Within();
    }

    private static async Task<long> CountUntilGoneAsync(Peer peer)
    {
        long count = 0;
        var buffer = new byte[65536];
        try
        {
            while (await peer.ReceiveAsync(buffer.AsMemory()) is > 0 and int more)
                count += more;
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // A reset is an end here, and so is the peer's own.
        }

        return count;
    }
}
