using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>Sends what was written and not sent by anything else in time, for all streams of the process.</summary>
/// <remarks>
/// <para>A handler that writes and then reads sends with its read, and never needs this. One that writes and then waits for something
/// else does. A work item for each write would do as well, but another thread would often take it at once and send in the middle of a
/// handler's writes: many sends for what one could do. It has a thread of its own because a timer takes one of the pool for each tick,
/// which then spins for more work: a fifth of the CPU of a server that echoes short lines.</para>
/// <para>A thread that wakes every millisecond costs as well: a tenth of the CPU of an echo with one connection. So it does that only
/// for what has nobody else to look after it, and looks every ten milliseconds for handlers that do not give their thread back.</para>
/// </remarks>
internal static class UnsentSweeper
{
    private static readonly TimeSpan _late = TimeSpan.FromMilliseconds(10);
    private static readonly Lock _gate = new();
    private static readonly AutoResetEvent _changed = new(initialState: false); // a semaphore of .NET would spin before it sleeps
    private static List<StreamOutput> _due = [];
    private static SweepTime _needed;
    private static volatile SweepTime _next;
    private static bool _runs;

    /// <summary>Sweeps it when it is time; false when the system has no thread for that, which may be otherwise with the next write.</summary>
    public static bool Add(StreamOutput output, SweepTime time)
    {
        lock (_gate)
        {
            if (!_runs && !TryStart()) return false;
            _due.Add(output);
            if (_needed < time) _needed = time;
            if (_next >= time) return true;
            _next = time;
        }

        _changed.Set();
        return true;
    }

    private static bool TryStart()
    {
        try
        {
            new Thread(Run) { IsBackground = true, Name = "Streams sweeper" }.UnsafeStart();
            return _runs = true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    private static void Run()
    {
        List<StreamOutput> swept = [];
        while (true)
        {
            Wait();
            lock (_gate)
            {
                (_due, swept) = (swept, _due);
                // Where there was something there will be more: nobody has to wake it then.
                (_next, _needed) = (_needed, SweepTime.Never);
            }

            Sweep(swept);
        }
    }

    // Not within the loop, whose frame would keep the last stream until the next sweep.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Sweep(List<StreamOutput> outputs)
    {
        foreach (var output in outputs) output.Sweep();
        outputs.Clear();
    }

    private static void Wait()
    {
        while (_next != SweepTime.Soon)
        {
            if (!_changed.WaitOne(_next == SweepTime.Late ? _late : Timeout.InfiniteTimeSpan)) return;
        }

#pragma warning disable RS0030 // there is nothing to wait for but the time
        Thread.Sleep(1);
#pragma warning restore RS0030
    }
}
