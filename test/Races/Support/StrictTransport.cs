namespace Kestrel.Streams.Tests;

/// <summary>
/// A transport that holds a stream to its promises: never two receives or two sends at once, none that begins after the end but for one that was
/// beginning at that moment, one dispose, and the memory of a call is not the caller's any more until the transport has let go of it.
/// </summary>
internal sealed class StrictTransport(StreamTransport below, bool tries, int seed) : StreamTransport
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<string> _broken = [];
    private int _receives;
    private int _sends;
    private int _disposals;
    private int _late;
    private bool _isOver;

    public override bool CanWriteEof => below.CanWriteEof;

    public override bool CanTrySend => tries;

    /// <summary>What was not as promised.</summary>
    public IReadOnlyList<string> Broken
    {
        get
        {
            lock (_gate)
            {
                List<string> all = [.. _broken];
                if (_disposals != 1) all.Add($"{_disposals} disposals");
                // One of each way may have been beginning.
                if (_late > 2) all.Add($"{_late} calls after the end");
                return all;
            }
        }
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var call = new Call(this, isSend: false);
        await PauseAsync();
        return await below.ReceiveAsync(buffer, cancellationToken);
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        using var call = new Call(this, isSend: true);
        var before = data.ToArray();
        await PauseAsync();
        try
        {
            await below.SendAsync(data, cancellationToken);
        }
        finally
        {
            if (!data.Span.SequenceEqual(before)) Note("memory that changed while it was being sent");
        }
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        using var call = new Call(this, isSend: true);
        bool takes;
        lock (_gate) takes = _random.Next(3) > 0;
        return takes ? below.TrySend(data) : 0;
    }

    public override async ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        using var call = new Call(this, isSend: true);
        await PauseAsync();
        await below.SendEofAsync(cancellationToken);
    }

    public override void Abort(Exception? reason)
    {
        below.Abort(reason);
        lock (_gate) _isOver = true;
    }

    public override async ValueTask DisposeAsync()
    {
        lock (_gate) _disposals++;
        await below.DisposeAsync();
        lock (_gate) _isOver = true;
    }

    private async Task PauseAsync()
    {
        int turns;
        lock (_gate) turns = _random.Next(4);
        for (; turns > 0; turns--) await Task.Yield();
    }

    private void Note(string what)
    {
        lock (_gate) _broken.Add(what);
    }

    private void Begin(bool isSend)
    {
        lock (_gate)
        {
            if (_isOver) _late++;
            if ((isSend ? ++_sends : ++_receives) > 1) _broken.Add(isSend ? "two sends" : "two receives");
        }
    }

    private void End(bool isSend)
    {
        lock (_gate) _ = isSend ? --_sends : --_receives;
    }

    private sealed class Call : IDisposable
    {
        private readonly StrictTransport _transport;
        private readonly bool _isSend;

        public Call(StrictTransport transport, bool isSend)
        {
            (_transport, _isSend) = (transport, isSend);
            transport.Begin(isSend);
        }

        public void Dispose() => _transport.End(_isSend);
    }
}
