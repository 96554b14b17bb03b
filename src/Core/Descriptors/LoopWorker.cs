namespace Kestrel.Streams;

/// <summary>A thread of the <see cref="SharedLoop"/>, as its sentinel sees it.</summary>
internal sealed class LoopWorker
{
    // Of runs as long as these a hop to the thread pool is a small part, and what blocks for a millisecond only is never in one run for two looks.
    private const int FewRuns = 4;

    private readonly AutoResetEvent _turn = new(initialState: false); // a semaphore of .NET would spin before it sleeps
    private volatile bool _isParked;
    private ExecutionContext? _clean;
    private long _runs;
    private long _seen;

    /// <summary>How often it went on with something.</summary>
    public long Runs => Volatile.Read(ref _runs);

    /// <summary>For how many ticks of the sentinel it has hardly come on: it blocks, calculates or sleeps.</summary>
    public int HeldUp { get; private set; }

    /// <summary>Goes on with somebody who waited. Called on its thread.</summary>
    public void Run(IThreadPoolWorkItem waiter)
    {
        Volatile.Write(ref _runs, _runs + 1);
        // What is set where no context flows (AsyncLocal, SynchronizationContext) stays with the thread: the next one must not find it.
        _clean ??= ExecutionContext.Capture()!;
        ExecutionContext.Run(_clean, static waiter => ((IThreadPoolWorkItem)waiter!).Execute(), waiter);
    }

    /// <summary>Sleeps until it is wanted.</summary>
    public void Park()
    {
        _isParked = true;
        _turn.WaitOne();
    }

    /// <summary>Has it go on if it sleeps.</summary>
    public bool TryUnpark()
    {
        if (!_isParked) return false;
        _isParked = false;
        HeldUp = 0;
        _turn.Set();
        return true;
    }

    /// <summary>One more tick of the sentinel.</summary>
    public void Look()
    {
        var runs = Runs;
        HeldUp = runs - _seen < FewRuns ? HeldUp + 1 : 0;
        _seen = runs;
    }
}
