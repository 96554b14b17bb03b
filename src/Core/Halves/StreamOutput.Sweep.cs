namespace Kestrel.Streams;

internal sealed partial class StreamOutput : IThreadPoolWorkItem
{
    private int _wakes;
    private SweepTime _sweepIsDue;

    /// <summary>A read goes on, with the code behind it, until <see cref="EndWake"/>, which looks after what that has written.</summary>
    public void BeginWake()
    {
        using (_gate.Enter()) _wakes++;
    }

    /// <summary>The code behind the read waits for something, or is on another thread.</summary>
    public void EndWake()
    {
        using (_gate.Enter())
        {
            _wakes--;
            if (Unsent > 0) SweepLater();
        }
    }

    /// <summary>Sends what nobody else has sent in the meantime.</summary>
    public void Sweep()
    {
        using (_gate.Enter())
        {
            _sweepIsDue = SweepTime.Never;
            if (Unsent == 0 || _sending) return;
        }

        // A send that is not only tried may keep the thread, and others wait for the sweeper.
        if (_transport.CanTrySend) SendUnsent();
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => SendUnsent();

    private void SweepLater()
    {
        var time = _wakes > 0 ? SweepTime.Late : SweepTime.Soon;
        if (_sweepIsDue >= time || _sending) return;
        if (UnsentSweeper.Add(this, time)) _sweepIsDue = time;
    }
}
