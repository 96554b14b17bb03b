using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>What a listener does when it cannot accept: it tells so now and then, and waits a while before it tries again.</summary>
internal sealed class AcceptTrouble(BoundSocket bound, ConnectionGate gate, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(10);

    private long? _told;
    private int _untold;

    /// <summary>Waits until there may be what an accept takes.</summary>
    /// <param name="error">What it ran into.</param>
    /// <param name="cancellationToken">Ends the wait, without an exception.</param>
    public async Task WaitAsync(Exception error, CancellationToken cancellationToken)
    {
        do
        {
            Tell(error);
            await PauseAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!cancellationToken.IsCancellationRequested && !MayGoOn);
    }

    /// <summary>Whether there is room; or nothing to wait for, because none of what has taken it is ours to end.</summary>
    public bool MayGoOn => gate.Count == 0 || DescriptorMargin.HasRoom(bound.Socket.SafeHandle);

    private Task PauseAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Task.Delay(_pause, time, cancellationToken);
        }
        catch (OutOfMemoryException)
        {
            // The first timer of a process takes a thread, and somebody else has taken all that it takes.
            cancellationToken.WaitHandle.WaitOne(_pause);
            return Task.CompletedTask;
        }
    }

    private void Tell(Exception error)
    {
        _untold++;
        if (_told is { } told && time.GetElapsedTime(told) < _silence) return;
        log.AcceptFailed(error, bound.EndPoint, error.Message, _untold, _pause.TotalMilliseconds);
        (_told, _untold) = (time.GetTimestamp(), 0);
    }
}
