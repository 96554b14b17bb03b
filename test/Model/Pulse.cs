namespace Kestrel.Streams.Tests;

/// <summary>Beats whenever something in a run has changed, so that who waits for a state looks again.</summary>
internal sealed class Pulse
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Beat() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public async Task UntilAsync(Func<bool> condition)
    {
        while (true)
        {
            var next = _next.Task;
            if (condition()) return;
            await next;
        }
    }
}
