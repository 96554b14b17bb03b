using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>
/// The receiving half of a stream: the receive buffer, the one receive that may be under way, and the one read that may wait for it.
/// </summary>
/// <remarks>
/// <para>A receive belongs to the stream and not to the read that asked for it: when the read is cancelled the receive stays
/// pending, and its bytes go into the buffer for the next one. So nothing is lost on any transport, also on one that cannot cancel.</para>
/// <para>Who may touch the buffer: the read, from <see cref="BeginRead"/> to <see cref="EndRead"/>, except while it waits in
/// <see cref="FillAsync"/>; otherwise whoever holds the lock. A receive that ends at the wrong moment is parked.</para>
/// </remarks>
internal sealed partial class StreamInput
{
    private const int SmallestReceive = 4 * 1024;
    private const int GreatestReceive = 64 * 1024;

    private readonly ConnectionStream _stream;
    private readonly StreamTransport _transport;
    private readonly Gate _gate = new();
    private readonly Waiter _waiter = new();
    private readonly Action _onReceived;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receive;

    private bool _reading;
    private long _readNumber;
    private bool _waiting;
    private bool _receiving;
    private bool _readsAhead;
    private bool _stopped;
    private bool _closed;
    private bool _faultShown;
    private IOException? _fault;
    private IOException? _expired;

    // The receive under way or the one before it.
    private int _capacity;
    private int _receiveSize = SmallestReceive;
    private int _room;
    private bool _probing;
    private bool _moreIsThere;
    private Memory<byte> _result;
    private bool _resultIsWanted;
    private int _resultCount;

    private bool _postponed;
    private bool _parked;
    private int _parkedCount;
    private Exception? _parkedError;

    /// <param name="stream">The stream.</param>
    /// <param name="before">The input that this one goes on for, over another transport; null for none.</param>
    public StreamInput(ConnectionStream stream, StreamInput? before = null)
    {
        _stream = stream;
        _transport = stream.Transport;
        _onReceived = OnReceived;
        _readNumber = before?._readNumber ?? 0;
    }

    /// <summary>The received bytes; see the remarks on who may touch it.</summary>
    public ReceiveBuffer Buffer { get; } = new();

    /// <summary>Whether the end of the input has come. What is buffered comes before it.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether a receive has failed, or came too late.</summary>
    public bool IsBroken => _fault is not null || _expired is not null;

    /// <summary>Whether a read waits for bytes to come.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _waiting);

    /// <summary>The number of the read that is under way; 0 while there is none. No two have the same.</summary>
    public long ReadUnderWay => Volatile.Read(ref _reading) ? Volatile.Read(ref _readNumber) : 0;

    /// <summary>Begins the one read that may be under way; dispose the result to end it.</summary>
    public ReadScope BeginRead(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_stream.CanReadAtAll) throw new NotSupportedException("The stream is write-only.");
        using (_gate.Enter())
        {
            if (_closed) throw _stream.ClosedError();
            if (_reading)
            {
                throw new InvalidOperationException(
                    "Two reads at once: another read is under way on this stream; await it before the next one.");
            }

            if (_expired is { } expired && Buffer.Length == 0) throw ConnectionStream.Copy(expired);
            if (_faultShown) throw FaultError();
            _readNumber++;
            _reading = true;
            Buffer.EndLoan();
        }

        return new ReadScope(this);
    }

    /// <summary>
    /// Waits until there are more bytes in the buffer, or the input has ended. What is unsent is sent before.
    /// </summary>
    /// <param name="capacity">The greatest number of bytes to hold in the buffer.</param>
    /// <param name="cancellationToken">Ends the wait; the receive stays pending.</param>
    public ValueTask FillAsync(int capacity, CancellationToken cancellationToken) =>
        ReceiveAsync(capacity, default, cancellationToken);

    /// <summary>Receives past the buffer, straight into the result of a large read.</summary>
    /// <returns>The number of bytes, which follow what is buffered; 0 when they went into the buffer after all, or when the input has ended.</returns>
    public async ValueTask<int> FillResultAsync(Memory<byte> result, CancellationToken cancellationToken)
    {
        await ReceiveAsync(Buffer.Length + result.Length, result, cancellationToken).ConfigureAwait(false);
        var count = _resultCount;
        _resultCount = 0;
        return count;
    }

    /// <summary>Puts into the buffer what a read that fails had received past it, behind so many bytes and before what came later.</summary>
    public void GiveBack(int buffered, ReadOnlySpan<byte> data)
    {
        // With data there is no receive into the buffer, whose room an insertion would move: the large read has none but its own.
        if (data.IsEmpty) return;
        using (_gate.Enter()) Buffer.Insert(buffered, data);
    }

    /// <summary>Whether the input has ended and nothing is buffered. Looks without waiting.</summary>
    public bool LookForEnd()
    {
        using (_gate.Enter())
        {
            if (_closed) return true;
            if (Buffer.Length > 0 || !_stream.CanReadAtAll) return false;
            if (IsEnded || _reading || _receiving || _fault is not null) return IsEnded;
            _receiving = true;
            _capacity = _stream.ReadAheadCapacity;
        }

        Receive();
        using (_gate.Enter()) return IsEnded && Buffer.Length == 0;
    }

    /// <summary>From now on the stream receives on its own while no read is under way, so that it sees a connection that goes.</summary>
    public void ReadAhead()
    {
        using (_gate.Enter())
        {
            _readsAhead = true;
            if (!StartReadAhead()) return;
        }

        Receive();
    }

    /// <summary>Takes no more input: reads see what is buffered and then the end.</summary>
    public void Stop()
    {
        bool wake;
        using (_gate.Enter())
        {
            if (_closed) return;
            _stopped = true;
            IsEnded = true;
            wake = Claim();
        }

        if (wake) _waiter.End();
    }

    /// <summary>
    /// The time for more input is over: the read of that number fails, if it still waits, and every later one that needs more than is
    /// buffered. The output goes on.
    /// </summary>
    /// <returns>Whether it was that read that waited; otherwise nothing has happened.</returns>
    public bool TryExpire(long read, IOException error)
    {
        using (_gate.Enter())
        {
            if (_closed || IsEnded || _fault is not null || _readNumber != read || !Claim()) return false;
            _expired = error;
        }

        _waiter.End(ConnectionStream.Copy(error));
        return true;
    }

    /// <summary>Ends everything: a waiting read wakes, later ones throw, the buffer is released as soon as nobody uses it.</summary>
    public void Close()
    {
        bool wake;
        using (_gate.Enter())
        {
            if (_closed) return;
            _closed = true;
            wake = Claim();
            ReleaseIfUnused();
        }

        if (wake) _waiter.End(_stream.ClosedError());
    }

    /// <summary>Ends the read under way, for whoever has not kept what <see cref="BeginRead"/> gave.</summary>
    public void EndRead()
    {
        bool receive;
        using (_gate.Enter())
        {
            _reading = false;
            _waiting = false;
            _resultIsWanted = false;
            receive = Unpark() || StartReadAhead();
            ReleaseIfUnused();
        }

        ReportWhatEnded();
        if (receive) Receive();
    }

    private bool Claim()
    {
        if (!_waiting || !_waiter.TryClaim()) return false;
        _waiting = false;
        return true;
    }

    private void ReleaseIfUnused()
    {
        if (_closed && !_reading && !_receiving) Buffer.Release();
    }

    private void ReportWhatEnded()
    {
        if (_fault is { } fault) _stream.OnInputBroken(fault);
        else if (IsEnded) _stream.OnInputEnded();
    }

    private IOException FaultError() => ConnectionStream.Copy(_fault!);

    /// <summary>A read under way; disposing it ends it.</summary>
    internal readonly struct ReadScope(StreamInput input) : IDisposable
    {
        public void Dispose() => input.EndRead();
    }
}
