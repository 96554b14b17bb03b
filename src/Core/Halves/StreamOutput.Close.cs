namespace Kestrel.Streams;

internal sealed partial class StreamOutput
{
    private static readonly Queue<PendingWrite> _nothingPending = [];

    private bool _dropped;

    /// <summary>Whether a write was cut in the middle: what would follow it must not be sent as if nothing had happened.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>
    /// Takes no more, wakes whoever waits, and sends what is unsent: also what the woken calls had handed over, memory from a copy.
    /// </summary>
    public Task FinishAsync()
    {
        PendingWrite? last = null;
        CancellationTokenSource? stop = null;
        using (_gate.Enter())
        {
            if (_closed) return Task.CompletedTask;
            _closed = true;
            foreach (var write in _pending ?? _nothingPending)
            {
                if (write == _underway && write.File is null)
                {
                    write.StopError = _stream.ClosedError();
                    stop = _stopSend;
                }
                else
                {
                    if (!write.TryClaim()) continue;
                    write.Data = write.Data.ToArray();
                    write.End(_stream.ClosedError());
                }
            }

            WakeDrains();
            if (Unsent > 0 && (_sending || !Push()) && Fault is null) last = Mark();
        }

        stop?.Cancel();
        if (last is null) return Task.CompletedTask;
        SendUnsent();
        return last.WaitAsync(CancellationToken.None).AsTask();
    }

    /// <summary>Drops what is unsent and wakes whoever waits.</summary>
    public void Abort()
    {
        using (_gate.Enter())
        {
            _closed = true;
            Drop();
        }
    }

    /// <summary>The connection is broken: nothing that is unsent can be sent, and whoever waits or comes later is told.</summary>
    public void Fail(IOException fault)
    {
        using (_gate.Enter()) Break(fault);
    }

    /// <summary>As <see cref="Fail"/>, under the lock.</summary>
    private void Break(IOException fault)
    {
        if (_dropped) return;
        Fault = fault;
        Drop();
        _stream.OnOutputBroken();
    }

    private void Tear()
    {
        IsTorn = true;
        Drop();
    }

    private void Drop()
    {
        if (_dropped) return;
        _dropped = true;
        // Before anybody is told: whoever is told may look whether the file is free.
        Release(_head);
        Release(_collecting);
        while (_queue is { } queue && queue.TryDequeue(out var segment)) Release(segment);
        _head = _collecting = default;
        foreach (var write in _pending ?? _nothingPending)
        {
            // The caller's memory or file is in use: the call ends when that is over.
            if (write == _underway)
            {
                write.StopError ??= DropError();
                _ = _stopSend?.CancelAsync().Observed();
            }
            else if (write.TryClaim())
            {
                write.End(DropError());
            }
        }

        _pending = null;
        WakeDrains();
        _neverSent += _accepted - _passed;
        _passed = _accepted;
        _withdrawn = 0;
    }

    private void WakeDrains()
    {
        if (_drains is null) return;
        foreach (var (drain, _) in _drains)
        {
            if (drain.TryClaim()) drain.End(DropError());
        }

        _drains = null;
    }

    private Exception DropError() => Fault is { } fault && !_closed ? ConnectionStream.Copy(fault) : _stream.ClosedError();

    private void Release(SendSegment segment)
    {
        segment.Write?.ReleaseFile();
        ReturnBlock(segment);
    }

    private void ReturnBlock(SendSegment segment)
    {
        if (segment.Block is { } block) _pool.Return(block);
    }
}
