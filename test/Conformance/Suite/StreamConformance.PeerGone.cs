using System.Diagnostics;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    /// <summary>Some peers take what is sent for a while after they have gone: a web server goes on for as long as it drains the request.</summary>
    private static readonly TimeSpan _soonEnough = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_reset_reaches_the_waiting_read_and_everything_after_it()
    {
        NeedsReset();
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task closed = Eventually.FiredAsync(stream.Closed);
        Task<byte[]> reading = stream.ReadLineAsync().AsTask();

        peer.Reset();

        AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => reading.Within()));
        await AssertBrokenForEverAsync(stream);
        await closed.Within();
        await stream.CloseAsync().Within();
    }

    [Fact]
    public async Task A_cut_answer_never_looks_whole()
    {
        NeedsReset();
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> reading = stream.ReadToEndAsync().AsTask();
        await peer.SendAsync("half of an ans").Within();
        await Eventually.StaysPendingAsync(reading);

        peer.Reset();

        AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => reading.Within()));
    }

    [Fact]
    public async Task Closed_fires_on_a_reset_that_nobody_reads()
    {
        NeedsReset();
        await using Pair pair = await ConnectAsync().Within();
        Task closed = Eventually.FiredAsync(pair.Stream.Closed);

        pair.Peer.Reset();

        await closed.Within();
        await Assert.ThrowsAnyAsync<IOException>(() => pair.Stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Blocked_writers_wake_when_the_peer_goes()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task[] blocked =
        [
            stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask(), stream.WriteAsync("more").AsTask(),
            stream.DrainAsync().AsTask(), stream.FlushAsync(),
        ];
        await Eventually.StaysPendingAsync(Task.WhenAny(blocked));

        peer.Reset();

        foreach (Task one in blocked)
            AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => one.Within()));
    }

    [Theory]
    [MemberData(nameof(AsyncWrites))]
    public async Task Writes_to_a_peer_that_is_gone_fail_soon(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.CloseAsync().Within();
        Exception? failed = null;

        for (long start = Stopwatch.GetTimestamp(); failed is null && Stopwatch.GetElapsedTime(start) < _soonEnough;)
        {
            failed = await Record.ExceptionAsync(() => Writes.All[member](stream, CancellationToken.None).Within());
            await Task.Yield();
        }

        AssertBroken(Assert.IsType<IOException>(failed, exactMatch: false));
        for (int again = 0; again < 3; again++)
            AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => Writes.All[member](stream, CancellationToken.None).Within()));
    }

    [Theory]
    [MemberData(nameof(BlockingWrites))]
    public async Task Buffered_writes_to_a_peer_that_is_gone_do_not_vanish_silently(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.CloseAsync().Within();
        Exception? failed = null;

        for (long start = Stopwatch.GetTimestamp(); failed is null && Stopwatch.GetElapsedTime(start) < _soonEnough;)
            failed = await Record.ExceptionAsync(() => Task.Run(() => Writes.Blocking[member](stream)).Within());

        AssertBroken(Assert.IsType<IOException>(failed, exactMatch: false));
        AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => stream.FlushAsync().Within()));
        AssertBroken(await Assert.ThrowsAnyAsync<IOException>(() => stream.DrainAsync().Within()));
    }

    [Fact]
    public async Task What_came_before_the_peer_left_can_still_be_read()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("one\ntwo\nthree").Within();
        await peer.CloseAsync().Within();

        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("two\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("three", (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    private async Task AssertBrokenForEverAsync(ConnectionStream stream)
    {
        List<string?> complaints = [];
        foreach (var (name, read) in Reads.All)
            complaints.Add(await WhyNotBrokenAsync(name, () => read(stream, CancellationToken.None)));
        foreach (var (name, read) in Reads.Blocking)
            complaints.Add(await WhyNotBrokenAsync(name, () => Task.Run(() => read(stream))));
        foreach (var (name, write) in Writes.All)
            complaints.Add(await WhyNotBrokenAsync(name, () => write(stream, CancellationToken.None)));
        foreach (var (name, write) in Writes.Blocking)
            complaints.Add(await WhyNotBrokenAsync(name, () => Task.Run(() => write(stream))));
        complaints.Add(await WhyNotBrokenAsync("DrainAsync", () => stream.DrainAsync().AsTask()));
        complaints.Add(await WhyNotBrokenAsync("FlushAsync", () => stream.FlushAsync()));
        if (CanHalfClose)
            complaints.Add(await WhyNotBrokenAsync("WriteEofAsync", () => stream.WriteEofAsync().AsTask()));
        AssertNone(complaints);
    }

    private static async Task<string?> WhyNotBrokenAsync(string member, Func<Task> call)
    {
        Exception? thrown = await Record.ExceptionAsync(() => call().Within(what: member));
        return thrown is IOException { InnerException: System.Net.Sockets.SocketException } and not (IncompleteReadException or LimitOverrunException)
            ? null
            : $"{member}: {thrown?.ToString() ?? "nothing thrown"}";
    }
}
