using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Streams;

/// <summary>A connection of our own listener: the socket's transport, and pipes over it only for a middleware that asks for them.</summary>
internal sealed partial class SocketConnection : ConnectionContext
{
    private readonly SocketListener _listener;
    private readonly IPAddress? _countedAddress;
    private CancellationTokenSource? _closed;
    private CancellationToken? _givenClosed;
    private bool _isClosed;
    private bool _isReleased;
    private IDuplexPipe? _pipes;
    private ConnectionStream? _pipedStream;
    private IDictionary<object, object?>? _items;
    private ConnectionStream? _stream;
    private ConnectionAbortedException? _abortReason;

    /// <param name="socket">The connected socket.</param>
    /// <param name="isInline">Whether its handler goes on on the thread that waits for its bytes.</param>
    /// <param name="listener">Who has accepted it, and is told when nothing is left of it.</param>
    /// <param name="countedAddress">The address that one of the places for it was taken for; null for none.</param>
    public SocketConnection(Socket socket, bool isInline, SocketListener listener, IPAddress? countedAddress)
    {
        Socket = socket;
        _listener = listener;
        _countedAddress = countedAddress;
        StreamTransport = SocketTransport.Over(socket, ownsSocket: true, isInline);
        ConnectionId = ConnectionStream.NextId();
        LocalEndPoint = StreamTransport.LocalEndPoint;
        RemoteEndPoint = StreamTransport.RemoteEndPoint;
    }

    public StreamTransport StreamTransport { get; }

    /// <summary>Whether somebody has asked for the pipes, or put others in their place: then the bytes go through these.</summary>
    public bool IsTransportReplaced => _pipes is not null;

    public Socket Socket { get; }

    /// <summary>What holds at the endpoint that has accepted it.</summary>
    public EndpointTerms Terms => _listener.Terms;

    /// <summary>Where it is counted.</summary>
    public EndpointMeter Meter => _listener.Meter;

    public override string ConnectionId { get; set; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _pipes ??= new StreamPipes(_pipedStream = ConnectionStream.Create(StreamTransport));
        set => _pipes = value;
    }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get => _givenClosed ?? ClosedSource().Token;
        set => _givenClosed = value;
    }

    /// <summary>Tells the stream that serves this connection, so that an abort wakes it as one of ours.</summary>
    public void Attach(ConnectionStream stream)
    {
        // Here and in Abort each sets its own before it looks for the other's: one of both sees both, or both do.
        Interlocked.Exchange(ref _stream, stream);
        if (Volatile.Read(ref _abortReason) is { } late) stream.Abort(late);
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        Interlocked.CompareExchange(ref _abortReason, abortReason, null);
        if (Volatile.Read(ref _stream) is { } stream) stream.Abort(abortReason);
        else StreamTransport.Abort(abortReason);
        _ = FireClosedAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_pipedStream is { } stream) await stream.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        await StreamTransport.DisposeAsync().ConfigureAwait(false);
        await FireClosedAsync().ConfigureAwait(false);
        if (!Interlocked.Exchange(ref _isReleased, true)) _listener.Leave(_countedAddress);
    }

    /// <summary>Made when somebody asks: nothing of Kestrel or of ours does.</summary>
    private CancellationTokenSource ClosedSource()
    {
        var closed = LazyInitializer.EnsureInitialized(ref _closed, static () => new CancellationTokenSource());
        if (Volatile.Read(ref _isClosed)) closed.Cancel();
        return closed;
    }

    private Task FireClosedAsync()
    {
        Interlocked.Exchange(ref _isClosed, true);
        return _closed?.CancelAsync() ?? Task.CompletedTask;
    }
}
