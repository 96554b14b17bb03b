using System.Collections.Concurrent;
using System.Diagnostics;

namespace Kestrel.Streams;

/// <summary>The loop whose threads wait for events and go on themselves with the code that waited for them, without a hop to another thread.</summary>
/// <remarks>
/// <para>A hop costs more than all else that is done for a short message: see docs/performance.md.</para>
/// <para>One thread at a time polls, and all take from one queue what is ready. The code may block or calculate for long, as on a thread of
/// the pool: a sentinel looks every few milliseconds whether something is ready that nobody comes to, or whether nobody polls, and gets one more
/// thread going, up to one for each processor. When one of these is held up as well, it gives what is ready to the thread pool.</para>
/// </remarks>
internal sealed unsafe class SharedLoop : ReadinessLoop
{
    private const int ShortTick = 1, LongTick = 4; // milliseconds
    private const int HeldUpTicks = 2;
    private const int LongestStandIn = 16; // milliseconds

    // A tick costs 15 µs. After so many that nobody needed help they are longer.
    private const int ManyTicks = 50;

    private static readonly Lock _creating = new();
    private static SharedLoop? _instance;

    [ThreadStatic]
    private static bool _isWorker;

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _ready = new();
    private readonly List<LoopWorker> _workers = [];
    private readonly AutoResetEvent _activity = new(initialState: false);
    private volatile bool _isAsleep;
    private int _isPolled;
    private long _waited;
    private long _runs;
    private int _standIn = ShortTick;

    // The sentinel finds that nobody polls, and gets the first worker going.
    private SharedLoop() => Start(Watch, "Streams sentinel");

    /// <summary>The one of the process. It begins with the first wait.</summary>
    public static SharedLoop Instance => Volatile.Read(ref _instance) ?? Create();

    public override void GoOn(IThreadPoolWorkItem waiter)
    {
        if (!_isWorker)
        {
            ThreadPool.UnsafeQueueUserWorkItem(waiter, preferLocal: false);
            return;
        }

        _ready.Enqueue(waiter); // which is a full fence: see Sleep
        if (_isAsleep) _activity.Set();
    }

    public override void GoOnLater(IThreadPoolWorkItem waiter) => GoOn(waiter);

    /// <summary>Where it fails, because no file descriptor is left, the next one tries again.</summary>
    private static SharedLoop Create()
    {
        lock (_creating)
        {
            if (_instance is null) Volatile.Write(ref _instance, new SharedLoop());
            return _instance;
        }
    }

    private void StartWorker()
    {
        var worker = new LoopWorker();
        new Thread(() => Work(worker)) { IsBackground = true, Name = $"Streams loop {_workers.Count}" }.UnsafeStart();
        _workers.Add(worker);
    }

    private void Work(LoopWorker worker)
    {
        var events = stackalloc byte[EventsSize];
        _isWorker = true;
        while (true)
        {
            // Not until it is empty: those who give way to others come back at once, and would keep it full.
            for (var count = _ready.Count; count > 0 && _ready.TryDequeue(out var waiter); count--) worker.Run(waiter);
            var isEmpty = _ready.IsEmpty;
            var began = Stopwatch.GetTimestamp();
            if (TryPoll(events, isEmpty ? Timeout.Infinite : 0)) Interlocked.Add(ref _waited, Stopwatch.GetTimestamp() - began);
            else if (isEmpty) worker.Park();
        }
    }

    /// <summary>Polls, unless another thread does.</summary>
    private bool TryPoll(byte* events, int timeout)
    {
        if (Interlocked.CompareExchange(ref _isPolled, 1, 0) != 0) return false;
        Poll(events, timeout);
        Interlocked.Exchange(ref _isPolled, 0);
        return true;
    }

    /// <summary>The sentinel.</summary>
    private void Watch()
    {
        var events = stackalloc byte[EventsSize];
        var servedTicks = 0;
        while (true)
        {
            var tick = servedTicks < ManyTicks ? ShortTick : LongTick;
            var hasRun = HasRun();
            var hasWaited = Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _waited, 0)).TotalMilliseconds > 0.2 * tick;
            var isEmpty = _ready.IsEmpty;
            var isPolled = Volatile.Read(ref _isPolled) != 0;
            if (isEmpty && isPolled && !hasRun)
            {
                Sleep();
                continue;
            }

            var isServed = (isPolled || hasWaited) && (isEmpty || hasRun);
            servedTicks = isServed ? servedTicks + 1 : 0;
            var hasPolled = !isServed && !TryGetHelp() && TryStandIn(events, hasRun);
            if (!hasPolled) _activity.WaitOne(tick);
        }
    }

    /// <summary>Until there is something ready.</summary>
    private void Sleep()
    {
        _isAsleep = true;
        Interlocked.MemoryBarrier();
        // In this order: what becomes ready behind the first look finds that nobody watches, and wakes the sentinel.
        if (_ready.IsEmpty && Volatile.Read(ref _isPolled) != 0) _activity.WaitOne();
        _isAsleep = false;
    }

    private bool HasRun()
    {
        long runs = 0;
        foreach (var worker in _workers)
        {
            worker.Look();
            runs += worker.Runs;
        }

        var hasRun = runs != _runs;
        _runs = runs;
        return hasRun;
    }

    private bool TryGetHelp()
    {
        foreach (var worker in _workers)
            if (worker.TryUnpark())
                return true;
        if (_workers.Count == Environment.ProcessorCount) return false;
        try
        {
            StartWorker();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false; // the system has no thread for us: go on without
        }
    }

    /// <summary>What is ready goes to the thread pool, when a thread of the loop is held up.</summary>
    private bool TryStandIn(byte* events, bool hasRun)
    {
        // Without any worker there is nobody else: the system had no thread for one.
        if (_workers.Count > 0 && !_workers.Exists(static worker => worker.HeldUp >= HeldUpTicks)) return false;
        // Where all block for long and nothing comes, a look each millisecond would take 3 percent of a processor.
        _standIn = _ready.IsEmpty && !hasRun ? Math.Min(2 * _standIn, LongestStandIn) : ShortTick;
        while (_ready.TryDequeue(out var waiter)) GoOn(waiter);
        return TryPoll(events, _standIn);
    }
}
