namespace Kestrel.Streams;

/// <summary>A loop on whose one thread the code that waited goes on. Whoever blocks there blocks all others of the loop.</summary>
internal sealed unsafe class InlineLoop : ReadinessLoop
{
    private static readonly Lock _creating = new();
    private static readonly InlineLoop?[] _loops = new InlineLoop?[Environment.ProcessorCount];
    private static int _last;

    private ExecutionContext? _clean;

    private InlineLoop(string name) => Start(Run, name);

    /// <summary>One after the other; there is one for each processor.</summary>
    public static InlineLoop Next()
    {
        var number = (uint)Interlocked.Increment(ref _last) % (uint)_loops.Length;
        if (Volatile.Read(ref _loops[number]) is { } loop) return loop;
        lock (_creating)
        {
            return _loops[number] ??= new InlineLoop($"Streams inline loop {number}");
        }
    }

    public override void GoOn(IThreadPoolWorkItem waiter)
    {
        // What is set where no context flows (AsyncLocal, SynchronizationContext) stays with the thread: the next one must not find it.
        _clean ??= ExecutionContext.Capture()!;
        ExecutionContext.Run(_clean, static waiter => ((IThreadPoolWorkItem)waiter!).Execute(), waiter);
    }

    public override void GoOnLater(IThreadPoolWorkItem waiter) => ThreadPool.UnsafeQueueUserWorkItem(waiter, preferLocal: false);

    private void Run()
    {
        var events = stackalloc byte[EventsSize];
        while (true) Poll(events, Timeout.Infinite);
    }
}
