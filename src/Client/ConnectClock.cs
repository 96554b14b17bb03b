using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>The time a connect may take in all, and what becomes of a step that takes longer than its share. It starts with the first step.</summary>
internal sealed class ConnectClock(TimeSpan timeout, TimeProvider time)
{
    private long? _start;

    /// <summary>The even share of a step in the time that is left; infinite where the whole is.</summary>
    /// <param name="stepsLeft">How many steps, this one included, the time that is left has to do for.</param>
    public TimeSpan Share(int stepsLeft)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return timeout;
        var left = _start is { } start ? timeout - time.GetElapsedTime(start) : timeout;
        _start ??= time.GetTimestamp();
        return left > TimeSpan.Zero ? left / stepsLeft : TimeSpan.Zero;
    }

    /// <summary>Runs a step within its share of the time that is left.</summary>
    /// <param name="step">The step; its token is cancelled when its time is over.</param>
    /// <param name="stepsLeft">How many steps, this one included, the time that is left has to do for.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>What the step returns.</returns>
    /// <exception cref="SocketException">The time is over: <see cref="SocketError.TimedOut"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled; the exception carries that one.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> step, int stepsLeft, CancellationToken cancellationToken)
    {
        var share = Share(stepsLeft);
        using var late = new CancellationTokenSource(share, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await step(either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SocketException((int)SocketError.TimedOut, $"timed out after {share.TotalSeconds:0.###} seconds, see ConnectTimeout");
        }
    }
}
