namespace Kestrel.Streams.Tests;

internal static class Signals
{
    /// <summary>Done when the token fires.</summary>
    public static Task Fired(this CancellationToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(fired.SetResult);
        return fired.Task;
    }
}
