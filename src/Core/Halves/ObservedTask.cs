namespace Kestrel.Streams;

internal static class ObservedTask
{
    /// <summary>The same task; when it fails after nobody waits for it any more, nobody reports it as unobserved.</summary>
    public static Task Observed(this Task task)
    {
        _ = task.ContinueWith(
            static failed => _ = failed.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }
}
