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
}
