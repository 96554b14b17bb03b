using System.Net.Sockets;

namespace Kestrel.Streams.Testing;

/// <summary>One direction of a pair: the bytes on their way, and what becomes of them there.</summary>
internal sealed class Wire
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _latency;
    private readonly TimeSpan _pause;
    private readonly int _room;
    private readonly WireFault? _fault;
    private readonly IEnumerator<int> _pieces;
    private readonly Queue<Arrival> _arrivals = new();
    private TaskCompletionSource _changed = NewSignal();
    private ITimer? _timer;
    private long _received;
    private int _unreceived;
    private int _pieceLeft;
    private long _nextPiece;
    private bool _isBroken;
    private bool _isStalled;
    private bool _isCutOff;

    public Wire(WireOptions options, TimeProvider time)
    {
        (_latency, _pause, _room, _fault, _time) = (options.Latency, options.Pause, options.Room, options.Fault, time);
        _pieces = options.Cuts.Lengths.GetEnumerator();
        _nextPiece = time.GetTimestamp();
        BeginPiece();
        StrikeWhenDue();
    }

    /// <summary>Whether its fault has reset the connection, which is a matter of both directions.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Ends with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate) return _changed.Task;
        }
    }

    /// <summary>Takes as much as there is room for.</summary>
    /// <exception cref="SocketException">The wire is broken, or nobody is at its end.</exception>
    public int Send(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            if (_isCutOff) return data.Length;
            var count = Math.Min(data.Length, _room - _unreceived);
            if (count == 0) return 0;
            _unreceived += count;
            Add(data[..count].ToArray());
            return count;
        }
    }

    /// <summary>Nothing is sent any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (!_isCutOff) Add([]);
        }
    }

    /// <summary>Gives what has arrived, at most as much as fits; 0 at the end, and where nothing fits and something is there; -1 while nothing is there.</summary>
    /// <exception cref="SocketException">The wire is broken.</exception>
    public int Receive(Span<byte> buffer)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            if (_isStalled || !_arrivals.TryPeek(out var first) || !IsOver(first.Due)) return -1;
            if (first.Data.IsEmpty) return 0;
            if (!IsOver(_nextPiece)) return -1;
            if (buffer.IsEmpty) return 0;
            var count = Take(buffer);
            StrikeWhenDue();
            Change();
            return count;
        }
    }

    /// <summary>Who sends and who receives gets a fault from now on; what was not received is gone.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
            _arrivals.Clear();
            _timer?.Dispose();
            Change();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(byte[] data)
    {
        if (_isBroken) return;
        _arrivals.Enqueue(new Arrival { Data = data, Due = In(_latency) });
        Change();
    }

    /// <summary>Takes what has arrived of the piece that is due, and not beyond the fault.</summary>
    private int Take(Span<byte> buffer)
    {
        var most = Math.Min(buffer.Length, _pieceLeft);
        if (_fault is not null && _fault.Place > _received) most = (int)Math.Min(most, _fault.Place - _received);
        var count = 0;
        while (count < most && _arrivals.TryPeek(out var first) && !first.Data.IsEmpty && IsOver(first.Due))
        {
            var part = first.Data[..Math.Min(first.Data.Length, most - count)];
            part.Span.CopyTo(buffer[count..]);
            count += part.Length;
            first.Data = first.Data[part.Length..];
            if (first.Data.IsEmpty) _arrivals.Dequeue();
        }

        _received += count;
        _unreceived -= count;
        _pieceLeft -= count;
        if (_pieceLeft == 0)
        {
            BeginPiece();
            _nextPiece = In(_pause);
        }

        return count;
    }

    private void BeginPiece() => _pieceLeft = _pieces.MoveNext() ? _pieces.Current : int.MaxValue;

    private void StrikeWhenDue()
    {
        if (_fault?.Place != _received) return;
        IsReset = _fault.Kind == WireFaultKind.Reset;
        _isStalled = _fault.Kind == WireFaultKind.Stall;
        if (_fault.Kind != WireFaultKind.End) return;
        _isCutOff = true;
        _unreceived = 0;
        _arrivals.Clear();
        _arrivals.Enqueue(new Arrival { Data = default, Due = _time.GetTimestamp() });
    }

    private long In(TimeSpan time) => _time.GetTimestamp() + (long)Math.Round(time.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Whether a moment has come; when it has not, something changes then.</summary>
    private bool IsOver(long moment)
    {
        var now = _time.GetTimestamp();
        if (now >= moment) return true;
        // No timer of the system counts less than a millisecond.
        var wait = _time.GetElapsedTime(now, moment);
        if (wait < TimeSpan.FromMilliseconds(1)) wait = TimeSpan.FromMilliseconds(1);
        _timer ??= _time.CreateTimer(static wire => ((Wire)wire!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
        return false;
    }

    private void Wake()
    {
        lock (_gate) Change();
    }

    private void Change()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private void ThrowIfBroken()
    {
        if (_isBroken) throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>What was sent and not received; the end is the one without bytes.</summary>
    private sealed class Arrival
    {
        public ReadOnlyMemory<byte> Data { get; set; }

        public required long Due { get; init; }
    }
}
