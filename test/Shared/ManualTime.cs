namespace Kestrel.Streams.Tests;

/// <summary>A clock that moves when the test moves it, and only then.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Set)> _awaited = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until there is a timer that is due after just this time.</summary>
    public Task TimerAsync(TimeSpan dueIn)
    {
        lock (_lock)
        {
            var due = _now + dueIn;
            if (_timers.Exists(timer => timer.Due == due))
                return Task.CompletedTask;
            var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((due, set));
            return set.Task;
        }
    }

    /// <summary>Moves the clock to a timer that is due after just this time, as soon as there is one.</summary>
    public async Task AdvanceToTimerAsync(TimeSpan dueIn)
    {
        await TimerAsync(dueIn).Within();
        Advance(dueIn);
    }

    /// <summary>How many timers there are.</summary>
    public int TimerCount
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    /// <summary>Moves the clock; the timers that are due have been called when it returns, a periodic one once.</summary>
    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_lock)
        {
            _now += by;
            due = _timers.FindAll(timer => timer.Due <= _now);
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
        {
            timer.Call();
            timer.Again();
        }
    }

    private sealed class Timer(ManualTime time, Action call) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public TimeSpan Due { get; private set; }

        public void Call() => call();

        /// <summary>A periodic timer is due again, unless it was stopped meanwhile.</summary>
        public void Again()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                _period = dueTime == Timeout.InfiniteTimeSpan ? dueTime : period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time._now + dueTime;
                time._timers.Add(this);
                time._awaited.FindAll(awaited => awaited.Due == Due).ForEach(awaited => awaited.Set.TrySetResult());
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
