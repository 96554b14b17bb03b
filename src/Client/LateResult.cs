namespace Kestrel.Streams;

/// <summary>Calls that do not heed their token: somebody else's callbacks, and the system's resolver.</summary>
internal static class LateResult
{
    /// <summary>Waits for the call, or leaves it behind when the token is cancelled; what it then returns late is disposed.</summary>
    public static async Task<T> OrLeftBehindAsync<T>(this Task<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _ = call.ContinueWith(DisposeResult, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    private static void DisposeResult<T>(Task<T> call)
    {
        if (call.IsCompletedSuccessfully)
            (call.Result as IDisposable)?.Dispose();
        else
            _ = call.Exception; // seen, so that nobody reports it as unobserved
    }
}
