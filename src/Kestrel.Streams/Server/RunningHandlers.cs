using System.Collections.Concurrent;

namespace Kestrel.Streams;

/// <summary>The handlers of a server that run now.</summary>
internal sealed class RunningHandlers
{
    private readonly ConcurrentDictionary<ConnectionStream, bool> _streams = [];
    private volatile TaskCompletionSource? _empty;

    public IReadOnlyCollection<ConnectionStream> Streams => [.. _streams.Keys];

    public int Count => _streams.Count;

    public void Add(ConnectionStream stream) => _streams.TryAdd(stream, true);

    public void Remove(ConnectionStream stream)
    {
        _streams.TryRemove(stream, out _);
        if (_streams.IsEmpty) _empty?.TrySetResult();
    }

    /// <summary>Waits until none runs; false when that takes longer than allowed.</summary>
    public async Task<bool> WaitForNoneAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var empty = _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_streams.IsEmpty) return true;
        try
        {
            await empty.Task.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
