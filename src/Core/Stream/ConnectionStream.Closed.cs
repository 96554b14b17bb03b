namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private CancellationTokenSource? _closedSource;
    private bool _gone;

    /// <summary>
    /// Fires when the connection is gone, both ways: closed or aborted here, reset by the peer, or ended by both sides. The peer's end
    /// alone does not fire it: writing still works then. A stream that goes one way only is gone with its end.
    /// </summary>
    /// <remarks>
    /// From the first time somebody asks for it the stream reads ahead, up to its limit, while no read is under way: that is how it sees
    /// a connection that goes while nobody reads. A write-only stream over an OS pipe sees that its reader is gone while nobody writes.
    /// </remarks>
    public CancellationToken Closed
    {
        get
        {
            CancellationToken token;
            bool isFirst;
            lock (_gate)
            {
                isFirst = _closedSource is null;
                if (_closedSource is null)
                {
                    _closedSource = new CancellationTokenSource();
                    if (_gone) _closedSource.Cancel(); // nothing is registered yet
                }

                token = _closedSource.Token;
            }

            if (token.IsCancellationRequested) return token;
            if (CanReadAtAll) Input.ReadAhead();
            else if (isFirst) Transport.WatchPeer(error => Output.Fail(Broken(error)));
            return token;
        }
    }

    internal void OnInputEnded()
    {
        // Of two ends at the same moment one must see the other: each is noted before it looks.
        Interlocked.MemoryBarrier();
        if (_outputEnded || !CanWriteAtAll) OnGone();
    }

    internal void OnOutputEnded()
    {
        _outputEnded = true;
        Interlocked.MemoryBarrier();
        if (Input.IsEnded || !CanReadAtAll) OnGone();
    }

    internal void OnInputBroken(IOException fault)
    {
        Output.Fail(fault);
        OnGone();
    }

    internal void OnOutputBroken() => OnGone();

    private volatile bool _outputEnded;

    private void OnGone()
    {
        CancellationTokenSource? source;
        lock (_gate)
        {
            if (_gone) return;
            _gone = true;
            source = _closedSource;
        }

        // Not on this thread: it may hold a lock, and what is registered may take its time.
        _ = source?.CancelAsync();
    }
}
