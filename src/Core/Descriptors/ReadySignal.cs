using System.Threading.Tasks.Sources;

namespace Kestrel.Streams;

/// <summary>
/// Whether one way of a socket is worth a try, and the one wait until it is. A wait gives 0, which is what a receive without room gives.
/// </summary>
/// <remarks>
/// Whoever tries lowers the signal before, and the loop raises it with each event: what comes between a try that has found nothing
/// and the wait has raised it again. Nothing here takes a lock.
/// </remarks>
internal sealed class ReadySignal(ReadinessLoop loop) : IValueTaskSource<int>, IThreadPoolWorkItem
{
    // Whoever has received so often on a thread of the loop without having had to wait gives way to others: a peer that sends faster
    // than it is read must not keep the loop to itself.
    private const int TriesOnLoop = 16;

    private const int Lowered = 0, Raised = 1, Awaited = 2, Over = 3;

    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private int _state = Raised;
    private int _triesLeft = int.MaxValue;

    public bool IsRaised => Volatile.Read(ref _state) == Raised;

    /// <summary>Before a try: lowers the signal, and tells whether it was up. If not, a try would find nothing.</summary>
    public bool TryLower()
    {
        if (Volatile.Read(ref _state) == Over) return true; // the try will show it
        if (_triesLeft-- <= 0) return false;
        return Interlocked.CompareExchange(ref _state, Lowered, Raised) == Raised;
    }

    /// <summary>Before a try that is made in any case.</summary>
    public void Lower() => Interlocked.CompareExchange(ref _state, Lowered, Raised);

    /// <summary>It is worth a try now: whoever waits goes on.</summary>
    public void Raise()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state is Raised or Over) return;
            if (Interlocked.CompareExchange(ref _state, Raised, state) != state) continue;
            if (state == Awaited) loop.GoOn(this);
            return;
        }
    }

    /// <summary>Waits until the signal is up; at once when it is.</summary>
    public ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        switch (Interlocked.CompareExchange(ref _state, Awaited, Lowered))
        {
            case Raised when _triesLeft <= 0:
                loop.GoOnLater(this);
                return new ValueTask<int>(this, _core.Version);
            case Raised:
                return ValueTask.FromResult(0);
            case Over:
                return ValueTask.FromException<int>(Ended());
        }

        _token = cancellationToken;
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static signal => ((ReadySignal)signal!).Cancel(), this);
        return new ValueTask<int>(this, _core.Version);
    }

    /// <summary>Ends the wait: there is nothing to wait for any more.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _state, Over) == Awaited) Fail(Ended());
    }

    void IThreadPoolWorkItem.Execute()
    {
        _triesLeft = Thread.CurrentThread.IsThreadPoolThread ? int.MaxValue : TriesOnLoop;
        _core.RunContinuationsAsynchronously = false;
        _core.SetResult(0);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        // A task that is asked too early or twice must not disturb the one that is under way.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending) throw new InvalidOperationException("The result is asked for before it is there: await the task, once.");
        _registration.Dispose();
        _registration = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // The loop knows this, and must not keep whoever has waited.
            _core.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Lowered, Awaited) == Awaited) Fail(new OperationCanceledException(_token));
    }

    private void Fail(Exception error)
    {
        _core.RunContinuationsAsynchronously = true;
        _core.SetException(error);
    }

    private static ObjectDisposedException Ended() => new(nameof(ReadySignal), "The connection is closed.");
}
