using System.Collections;
using System.Collections.Concurrent;

namespace Kestrel.Streams;

/// <summary>The connections of a server that are served now.</summary>
internal sealed class RunningConnections : IEnumerable<ServedConnection>
{
    private readonly ConcurrentDictionary<ServedConnection, bool> _connections = [];
    private volatile TaskCompletionSource? _empty;
    private long _total;

    public int Count => _connections.Count;

    /// <summary>How many there have been.</summary>
    public long Total => Interlocked.Read(ref _total);

    public void Add(ServedConnection connection)
    {
        Interlocked.Increment(ref _total);
        if (_connections.TryAdd(connection, true)) connection.Meter.Begin(connection.Stream);
    }

    public void Remove(ServedConnection connection)
    {
        if (_connections.TryRemove(connection, out _)) connection.Meter.End(connection.Stream);
        if (_connections.IsEmpty) _empty?.TrySetResult();
    }

    /// <summary>Waits until none runs; false when that takes longer than allowed.</summary>
    public async Task<bool> WaitForNoneAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var empty = _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_connections.IsEmpty) return true;
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

    /// <summary>Those of this moment, as far as they do not come and go meanwhile.</summary>
    public IEnumerator<ServedConnection> GetEnumerator()
    {
        foreach (var (connection, _) in _connections) yield return connection;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
