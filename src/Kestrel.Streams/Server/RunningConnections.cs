using System.Collections;

namespace Kestrel.Streams;

/// <summary>The connections of a server that are served now.</summary>
internal sealed class RunningConnections : IEnumerable<ServedConnection>
{
    private readonly Lock _gate = new();
    private readonly HashSet<ServedConnection> _connections = [];
    private TaskCompletionSource? _empty;
    private long _total;

    public int Count
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    /// <summary>How many there have been.</summary>
    public long Total
    {
        get
        {
            lock (_gate) return _total;
        }
    }

    public void Add(ServedConnection connection)
    {
        lock (_gate)
        {
            _total++;
            _connections.Add(connection);
            connection.Meter.Begin(connection.Stream);
        }
    }

    public void Remove(ServedConnection connection)
    {
        lock (_gate)
        {
            if (!_connections.Remove(connection)) return;
            connection.Meter.End(connection.Stream);
            if (_connections.Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Waits until none runs; false when that takes longer than allowed.</summary>
    public async Task<bool> WaitForNoneAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        TaskCompletionSource empty;
        lock (_gate)
        {
            if (_connections.Count == 0) return true;
            empty = _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

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

    /// <summary>Those of this moment.</summary>
    public IEnumerator<ServedConnection> GetEnumerator()
    {
        ServedConnection[] now;
        lock (_gate) now = [.. _connections];
        return now.AsEnumerable().GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
