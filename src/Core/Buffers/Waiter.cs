using System.Threading.Tasks.Sources;

namespace Kestrel.Streams;

/// <summary>
/// One waiting call. It ends exactly once, by whoever claims it first: what it waits for, its token, or a close. Used again and
/// again by the same half of a stream, so that waiting allocates nothing.
/// </summary>
internal class Waiter : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private int _claimed = 1;

    /// <summary>Makes it claimable. Called by its owner before anybody else can see it.</summary>
    public void Arm()
    {
        _core.Reset();
        Volatile.Write(ref _claimed, 0);
    }

    /// <summary>The wait itself. Called once after <see cref="Arm"/>, outside of locks: a cancelled token claims at once.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        _token = cancellationToken;
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static waiter => ((Waiter)waiter!).Cancel(), this);
        return new ValueTask(this, _core.Version);
    }

    /// <summary>True for exactly one caller after <see cref="Arm"/>, who then must call <see cref="End"/>.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>Ends the wait.</summary>
    /// <param name="error">What the waiting call throws, or null.</param>
    /// <param name="inline">Whether the waiting call goes on at once on this thread; never under a lock.</param>
    public void End(Exception? error = null, bool inline = false)
    {
        _core.RunContinuationsAsynchronously = !inline;
        if (error is null) _core.SetResult(result: true);
        else _core.SetException(error);
    }

    void IValueTaskSource.GetResult(short token)
    {
        // A task that is asked too early or twice must not disturb the one that is under way.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending) throw new InvalidOperationException("The result is asked for before it is there: await the task, once.");
        // Waits for a callback that is running elsewhere: it must not reach the next use of this waiter.
        _registration.Dispose();
        _registration = default;
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            // A loop may know this, and must not keep whoever has waited.
            _core.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>The token of the waiting call has fired.</summary>
    protected virtual void Cancel()
    {
        if (TryClaim()) End(CancellationError);
    }

    /// <summary>What a cancelled wait throws: it carries the very token of the call.</summary>
    protected OperationCanceledException CancellationError => new(_token);
}
