namespace Kestrel.Streams;

/// <summary>
/// Sends what was written and not sent by anything else within a millisecond, for all streams of the process.
/// </summary>
/// <remarks>
/// A handler that writes and then reads sends with its read, and never needs this. One that writes and then waits for something else
/// does. A work item for each write would do as well, but another thread would often take it at once and send in the middle of a
/// handler's writes: many sends for what one could do. It has a thread of its own because a timer takes one of the pool for each tick,
/// which then spins for more work: a fifth of the CPU of a server that echoes short lines.
/// </remarks>
internal static class UnsentSweeper
{
    private static readonly Lock _gate = new();
    private static readonly AutoResetEvent _wanted = new(initialState: false); // a semaphore of .NET would spin before it sleeps
    private static List<StreamOutput> _due = [];
    private static bool _runs;

    static UnsentSweeper() => new Thread(Run) { IsBackground = true, Name = "Streams sweeper" }.UnsafeStart();

    public static void Add(StreamOutput output)
    {
        lock (_gate)
        {
            _due.Add(output);
            if (_runs) return;
            _runs = true;
        }

        _wanted.Set();
    }

    private static void Run()
    {
        List<StreamOutput> swept = [];
        while (true)
        {
#pragma warning disable RS0030 // there is nothing to wait for but the time
            Thread.Sleep(1);
#pragma warning restore RS0030
            lock (_gate)
            {
                (_due, swept) = (swept, _due);
                _runs = swept.Count > 0;
            }

            if (swept.Count == 0) _wanted.WaitOne();
            foreach (var output in swept) output.Sweep();
            swept.Clear();
        }
    }
}
