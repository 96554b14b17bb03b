using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>
/// A connection to read from and write to: lines, records, exact counts, with limits, back-pressure and half-close, over TCP, Unix
/// sockets, pipes and memory alike. asyncio: <c>Stream</c>.
/// </summary>
/// <remarks>
/// <para><b>Beside each other.</b> One read at a time; any number of writes, beside each other and beside a read; close and abort at
/// any time from anywhere.</para>
/// <para><b>Cancellation.</b> A cancelled read has consumed nothing, and the stream stays usable. A cancelled write may have sent a
/// part. A token that is cancelled already wins over everything else.</para>
/// <para><b>Three kinds of fault, never mixed.</b> You closed it: <see cref="ObjectDisposedException"/>. Two at once, or the wrong
/// order: <see cref="InvalidOperationException"/>. The world broke it: <see cref="IOException"/> and its family.</para>
/// </remarks>
public sealed partial class ConnectionStream : Stream, IStreamReader, IStreamWriter
{
    /// <summary>The limit of a stream unless another is set: 65,536 bytes. asyncio: the default of <c>limit</c>.</summary>
    public const int DefaultLimit = 65536;

    private static readonly string _idPrefix = Random.Shared.Next().ToString("x8", CultureInfo.InvariantCulture);
    private static long _lastId;

    private readonly Lock _gate = new();
    private TimeSpan _closeTimeout;

    private ConnectionStream(StreamTransport transport, ConnectionStreamOptions options, bool isServerSide, string? id)
    {
        Transport = transport;
        Mode = transport.Mode;
        Limit = options.Limit;
        IsServerSide = isServerSide;
        Id = id ?? NextId();
        _closeTimeout = options.CloseTimeout;
        Output = new StreamOutput(this, options);
        Input = new StreamInput(this);
    }

    /// <summary>The greatest length of a line or record in bytes, its separator not counted. asyncio: <c>limit</c>.</summary>
    public int Limit { get; private set; }

    /// <summary>What the stream can do. asyncio: <c>mode</c>.</summary>
    public StreamMode Mode { get; }

    /// <summary>Whether this end accepted the connection.</summary>
    public bool IsServerSide { get; }

    /// <summary>What lies below. It belongs to the stream: look at it, but do not use it. asyncio: <c>transport</c>.</summary>
    public StreamTransport Transport { get; private set; }

    /// <summary>The name of the connection in logs.</summary>
    public string Id { get; }

    /// <summary>The socket below, or null where there is none. It belongs to the stream: close that and never this, for a read that waits would not wake. asyncio: <c>get_extra_info('socket')</c>.</summary>
    public Socket? Socket => Transport.GetExtraInfo("socket") as Socket;

    /// <summary>The TLS session, or null where there is none. asyncio: <c>get_extra_info('ssl_object')</c>.</summary>
    public SslStream? Tls => Transport.GetExtraInfo("ssl_object") as SslStream;

    internal StreamInput Input { get; private set; }

    internal StreamOutput Output { get; }

    internal bool CanReadAtAll => Mode.HasFlag(StreamMode.Read);

    internal bool CanWriteAtAll => Mode.HasFlag(StreamMode.Write);

    /// <summary>The most that is ever buffered for lines and records: twice the limit.</summary>
    internal int ReadAheadCapacity => CapacityFor(separatorLength: 1);

    /// <summary>Makes a stream over a transport, which from now on belongs to the stream.</summary>
    /// <param name="transport">What lies below.</param>
    /// <param name="options">How to buffer, or null for the defaults. The options are read now.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="ArgumentNullException">There is no transport.</exception>
    public static ConnectionStream Create(StreamTransport transport, ConnectionStreamOptions? options = null)
    {
        options ??= new ConnectionStreamOptions();
        return Create(transport, options, options.IsServerSide, options.Id);
    }

    /// <summary>Makes two connected streams in memory, for tests: with back-pressure, half-close and reset, as a socket has them.</summary>
    /// <param name="options">How both buffer, or null for the defaults; the second one is the server's side in any case.</param>
    /// <returns>The two ends.</returns>
    public static (ConnectionStream Client, ConnectionStream Server) CreatePair(ConnectionStreamOptions? options = null)
    {
        options ??= new ConnectionStreamOptions();
        var (client, server) = MemoryTransport.CreatePair();
        return (Create(client, options, isServerSide: false, options.Id), Create(server, options, isServerSide: true, options.Id));
    }

    /// <summary>One set of options for many connections; what is told apart comes beside it.</summary>
    internal static ConnectionStream Create(StreamTransport transport, ConnectionStreamOptions options, bool isServerSide, string? id)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return new ConnectionStream(transport, options, isServerSide, id);
    }

    /// <summary>Buffers in another way from now on. Called while nothing is read or written.</summary>
    internal void Adopt(ConnectionStreamOptions options)
    {
        Limit = options.Limit;
        _closeTimeout = options.CloseTimeout;
        Output.Adopt(options);
    }

    internal static string NextId() => $"{_idPrefix}-{Interlocked.Increment(ref _lastId)}";

    /// <summary>The text form: mode, bytes buffered, end of input, a limit other than the default, and the transport.</summary>
    /// <returns>The text, for logs and people; its form may change.</returns>
    public override string ToString()
    {
        var eof = Input.IsEnded ? " eof" : "";
        var limit = Limit == DefaultLimit ? "" : $" limit={Limit}";
        var peer = RemoteEndPoint is { } remote ? $" peer={PrintableText.Of(remote)}" : "";
        return $"<ConnectionStream {Id} mode={Mode} buffered={Input.Buffer.Length}{eof}{limit} transport={Transport.GetType().Name}{peer}>";
    }

    /// <summary>The exception for what the world broke; each caller gets a copy of its own.</summary>
    internal static IOException Copy(IOException fault) => new(fault.Message, fault.InnerException ?? fault);

    /// <summary>Whether the peer or the network has broken the connection.</summary>
    internal bool IsBroken => Output.Fault is not null || Input.IsBroken;

    internal IOException Broken(Exception error) => error switch
    {
        IOException { InnerException: SocketException } known => known,
        _ => new IOException($"The connection {Id} is broken: {error.Message.TrimEnd('.')}; nothing more can be read or written.", error),
    };
}
