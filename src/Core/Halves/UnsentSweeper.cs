namespace Kestrel.Streams;

/// <summary>
/// Sends what was written and not sent by anything else within a millisecond, for all streams of the process.
/// </summary>
/// <remarks>
/// A handler that writes and then reads sends with its read, and never needs this. One that writes and then waits for something else
/// does. A work item for each write would do as well, but another thread would often take it at once and send in the middle of a
/// handler's writes: many sends for what one could do.
/// </remarks>
internal static class UnsentSweeper
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(1);
    private static readonly Lock _gate = new();
    private static readonly Timer _timer = CreateTimer();
    private static List<StreamOutput> _due = [];
    private static List<StreamOutput> _swept = [];
    private static bool _armed;

    public static void Add(StreamOutput output)
    {
        lock (_gate)
        {
            _due.Add(output);
            if (!_armed) Arm();
        }
    }

    private static void Sweep()
    {
        lock (_gate) (_due, _swept) = (_swept, _due);
        foreach (var output in _swept) output.Sweep();
        _swept.Clear();
        lock (_gate)
        {
            _armed = false;
            if (_due.Count > 0) Arm();
        }
    }

    private static void Arm()
    {
        _armed = true;
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    private static Timer CreateTimer()
    {
        // The first stream that writes must not lend its execution context to all others.
        using (ExecutionContext.SuppressFlow())
            return new Timer(static _ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
