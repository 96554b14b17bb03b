namespace Kestrel.Streams;

internal sealed partial class StreamOutput : IThreadPoolWorkItem
{
    private bool _sweepIsDue;

    /// <summary>Sends what nobody else has sent in the meantime.</summary>
    public void Sweep()
    {
        using (_gate.Enter())
        {
            _sweepIsDue = false;
            if (Unsent == 0 || _sending) return;
        }

        // A send that is not only tried may keep the thread, and others wait for the sweeper.
        if (_transport.CanTrySend) SendUnsent();
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => SendUnsent();

    private void SweepLater()
    {
        if (_sweepIsDue || _sending) return;
        _sweepIsDue = true;
        UnsentSweeper.Add(this);
    }
}
