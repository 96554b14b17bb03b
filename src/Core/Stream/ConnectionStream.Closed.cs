namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private CancellationTokenSource? _closedSource;
    private bool _gone;

    /// <summary>
    /// Fires when the connection is gone, both ways: closed or aborted here, reset by the peer, or ended by both sides. The peer's end
    /// alone does not fire it: writing still works then.
    /// </summary>
    /// <remarks>
    /// From the first time somebody asks for it the stream reads ahead, up to its limit, while no read is under way: that is how it sees
    /// a connection that goes while nobody reads.
    /// </remarks>
    public CancellationToken Closed
    {
        get
        {
            CancellationToken token;
            lock (_gate)
            {
                if (_closedSource is null)
                {
                    _closedSource = new CancellationTokenSource();
                    if (_gone) _closedSource.Cancel(); // nothing is registered yet
                }

                token = _closedSource.Token;
            }

            if (CanReadAtAll && !token.IsCancellationRequested) Input.ReadAhead();
            return token;
        }
    }

    internal void OnInputEnded()
    {
        if (_outputEnded) OnGone();
    }

    internal void OnOutputEnded()
    {
        _outputEnded = true;
        if (Input.IsEnded) OnGone();
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
