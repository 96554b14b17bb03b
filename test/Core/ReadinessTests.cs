using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

public class ReadinessTests
{
    [Fact]
    public async Task A_descriptor_that_its_owner_closes_beside_an_event_ends_the_wait_and_does_not_harm_the_loop()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var readiness = new Readiness(pipe.SafePipeHandle);
        readiness.Watch(() => { });
        var wait = readiness.WaitAsync(Libc.EPOLLIN, CancellationToken.None);
        Assert.False(wait.IsCompleted);

        pipe.SafePipeHandle.Dispose();
        readiness.OnEvent(Libc.EPOLLIN);

        await wait.Within();
    }

    [Fact]
    public async Task Two_that_wait_for_one_descriptor_are_both_told_and_the_end_of_one_leaves_the_other()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        await using var writer = new AnonymousPipeClientStream(PipeDirection.Out, pipe.ClientSafePipeHandle);
        using var one = new Readiness(pipe.SafePipeHandle);
        using var other = new Readiness(pipe.SafePipeHandle);
        var waits = new[] { one.WaitAsync(Libc.EPOLLIN, CancellationToken.None).AsTask(), other.WaitAsync(Libc.EPOLLIN, CancellationToken.None).AsTask() };
        Assert.All(waits, static wait => Assert.False(wait.IsCompleted));
        writer.WriteByte(1);
        await Task.WhenAll(waits).Within();

        Assert.Equal(1, pipe.ReadByte());
        other.Dispose();
        var again = one.WaitAsync(Libc.EPOLLIN, CancellationToken.None).AsTask();
        Assert.False(again.IsCompleted);
        writer.WriteByte(2);
        await again.Within();
    }

    [Fact]
    public async Task The_end_wakes_who_waits_and_refuses_who_comes_later()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var readiness = new Readiness(pipe.SafePipeHandle);
        var wait = readiness.WaitAsync(Libc.EPOLLIN, CancellationToken.None).AsTask();
        readiness.Dispose();
        readiness.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await readiness.WaitAsync(Libc.EPOLLIN, CancellationToken.None));
        readiness.Watch(static () => Assert.Fail("It is over."));
        readiness.OnEvent(Libc.EPOLLERR);
    }

    [Fact]
    public async Task Who_watches_is_told_once_that_the_reader_is_gone_also_after_waits_of_its_own()
    {
        var reader = new AnonymousPipeServerStream(PipeDirection.In);
        await using var writer = new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle);
        using var readiness = new Readiness(writer.SafePipeHandle);
        var told = 0;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        readiness.Watch(() =>
        {
            Interlocked.Increment(ref told);
            gone.TrySetResult();
        });
        for (var i = 0; i < 3; i++) await readiness.WaitAsync(Libc.EPOLLOUT, CancellationToken.None).AsTask().Within();
        Assert.Equal(0, told);

        await reader.DisposeAsync();

        await gone.Task.Within();
        await readiness.WaitAsync(Libc.EPOLLOUT, CancellationToken.None).AsTask().Within();
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task A_wait_that_the_system_refuses_says_so_and_the_next_one_may_be_another()
    {
        using var sample = new SampleFile(1);
        await using var file = sample.Open();
        using var readiness = new Readiness(file.SafeFileHandle);
        // epoll takes no regular file.
        await Assert.ThrowsAnyAsync<Exception>(async () => await readiness.WaitAsync(Libc.EPOLLIN, CancellationToken.None));
        await Assert.ThrowsAnyAsync<Exception>(async () => await readiness.WaitAsync(Libc.EPOLLIN, CancellationToken.None));
    }
}
