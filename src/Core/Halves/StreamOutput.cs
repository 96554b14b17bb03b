using System.Buffers;

namespace Kestrel.Streams;

/// <summary>
/// The sending half of a stream: the send buffer that collects <c>Write</c>s, the calls that wait for their turn, and the one send
/// that may be under way.
/// </summary>
/// <remarks>
/// Order is the order of the calls. Positions count the bytes of the whole stream: a call is done when <see cref="_passed"/> has
/// reached the position behind its last byte. Whoever sets <see cref="_sending"/> is in charge of the transport until it is cleared.
/// </remarks>
internal sealed partial class StreamOutput
{
    /// <summary>A short write behind others is copied: one send for many is worth more than the copy.</summary>
    private const int ShortWrite = 4 * 1024;

    private const int FirstBlock = 4 * 1024;
    private const int LastBlock = 64 * 1024;

    private readonly ConnectionStream _stream;
    private int _highWaterMark;
    private int _lowWaterMark;
    private int _roomMark;
    private readonly Gate _gate = new();
    private readonly ArrayPool<byte> _pool = BlockPool.Current;

    // Made when they are needed: most connections never have to wait for room, and each costs them 40 bytes.
    private Queue<SendSegment>? _queue;
    private Queue<PendingWrite>? _pending;
    private List<(PendingWrite Waiter, long Mark)>? _drains;

    private SendSegment _head;
    private SendSegment _collecting;
    private long _accepted;
    private long _passed;
    private long _withdrawn;
    private long _neverSent;

    private StreamTransport _transport;
    private bool _held;
    private bool _sending;
    private PendingWrite? _underway;
    private CancellationTokenSource? _stopSend;
    private bool _closed;
    private Task? _eof;

    public StreamOutput(ConnectionStream stream, ConnectionStreamOptions options)
    {
        _stream = stream;
        _transport = stream.Transport;
        Adopt(options);
    }

    /// <summary>What broke the output, or null.</summary>
    public IOException? Fault { get; private set; }

    /// <summary>How many bytes have been sent; what was withdrawn is not among them.</summary>
    public long Sent
    {
        get
        {
            // Both change together in an abort: it must not look as if less had been sent than before.
            using (_gate.Enter()) return _passed - _neverSent;
        }
    }

    /// <summary>Whether there is something to send that the other end does not take.</summary>
    public bool IsHeldUp => Unsent > 0;

    private long Unsent => _accepted - _passed;

    /// <summary>What is still to be sent: a cancelled write keeps its place until its turn comes, but not its bytes.</summary>
    private long Waiting => Unsent - _withdrawn;

    /// <summary>Takes the marks of these options.</summary>
    public void Adopt(ConnectionStreamOptions options)
    {
        _highWaterMark = options.HighWaterMark;
        _lowWaterMark = Math.Min(options.LowWaterMark, options.HighWaterMark);
        _roomMark = Math.Max(_highWaterMark, 64 * 1024);
    }

    /// <summary>Lets no further write begin, for a change of what is below.</summary>
    public void Hold()
    {
        using (_gate.Enter())
        {
            ThrowIfEnded();
            _held = true;
        }
    }

    /// <summary>Lets writes begin again.</summary>
    public void Release()
    {
        using (_gate.Enter()) _held = false;
    }

    /// <summary>What is below has changed. Called while writes are held and everything accepted before is sent.</summary>
    public void GoOnOver(StreamTransport transport)
    {
        using (_gate.Enter()) _transport = transport;
    }

    private void ThrowIfUnusable()
    {
        if (!_stream.CanWriteAtAll) throw new NotSupportedException("The stream is read-only.");
        if (_closed) throw _stream.ClosedError();
        if (Fault is { } fault) throw ConnectionStream.Copy(fault);
    }

    private void ThrowIfEnded()
    {
        ThrowIfUnusable();
        if (_held) throw new InvalidOperationException("A write beside StartTlsAsync: await the upgrade of this stream before the next write.");
        if (_eof is not null) throw new InvalidOperationException("A write after the end: WriteEofAsync has ended the output of this stream.");
    }
}
