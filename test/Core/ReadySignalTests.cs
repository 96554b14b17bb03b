namespace Kestrel.Streams.Tests;

public class ReadySignalTests
{
    [Fact]
    public async Task An_event_between_a_try_and_the_wait_is_not_lost()
    {
        var signal = new ReadySignal(SharedLoop.Instance);
        Assert.True(signal.TryLower());
        Assert.False(signal.TryLower());
        signal.Raise();
        var wait = signal.WaitAsync(CancellationToken.None).AsTask();
        Assert.True(wait.IsCompleted);
        Assert.True(signal.TryLower());
        wait = signal.WaitAsync(CancellationToken.None).AsTask();
        Assert.False(wait.IsCompleted);
        signal.Raise();
        Assert.Equal(0, await wait.Within());
    }

    [Fact]
    public async Task Cancelled_it_can_wait_again_and_over_it_never_waits()
    {
        using var source = new CancellationTokenSource();
        var signal = new ReadySignal(SharedLoop.Instance);
        signal.Lower();
        var wait = signal.WaitAsync(source.Token).AsTask();
        await source.CancelAsync();
        await wait.ThrowsCancelledAsync(source.Token);
        wait = signal.WaitAsync(CancellationToken.None).AsTask();
        signal.End();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => signal.WaitAsync(CancellationToken.None).AsTask().Within());
        Assert.True(signal.TryLower());
    }

    [Fact]
    public async Task Inline_it_goes_on_on_the_thread_of_the_event_but_not_for_ever()
    {
        var signal = new ReadySignal(InlineLoop.Next());
        signal.Lower();
        var loop = 0;
        var wait = TakeWithoutEndAsync();
        var thread = new Thread(() =>
        {
            loop = Environment.CurrentManagedThreadId;
            signal.Raise();
        });
        thread.Start();
        var (first, second) = await wait.Within();
        Assert.Equal(loop, first);
        Assert.NotEqual(loop, second);
        GC.KeepAlive(thread); // or another may get its number

        // As with a peer that sends more than is read, each try finds something.
        async Task<(int First, int Second)> TakeWithoutEndAsync()
        {
            await signal.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            var here = Environment.CurrentManagedThreadId;
            for (var tries = 0; signal.TryLower(); signal.Raise()) Assert.InRange(tries++, 0, 1000);
            await signal.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
            for (var tries = 0; tries < 10_000; tries++, signal.Raise()) Assert.True(signal.TryLower());
            return (here, Environment.CurrentManagedThreadId);
        }
    }
}
