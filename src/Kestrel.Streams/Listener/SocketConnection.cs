using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Streams;

/// <summary>A connection of our own listener: the socket's transport, and pipes over it only for a middleware that asks for them.</summary>
internal sealed class SocketConnection : ConnectionContext,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature,
    IConnectionSocketFeature
{
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private IDuplexPipe? _pipes;
    private ConnectionStream? _pipedStream;
    private IDictionary<object, object?>? _items;
    private ConnectionStream? _stream;
    private ConnectionAbortedException? _abortReason;
    private Action? _onReleased;

    /// <param name="socket">The connected socket.</param>
    /// <param name="terms">What holds at the endpoint that has accepted it.</param>
    /// <param name="isInline">Whether its handler goes on on the thread that waits for its bytes.</param>
    /// <param name="onReleased">Called once, when nothing is left of the connection.</param>
    public SocketConnection(Socket socket, EndpointTerms terms, bool isInline, Action onReleased)
    {
        Socket = socket;
        Terms = terms;
        _onReleased = onReleased;
        StreamTransport = SocketTransport.Over(socket, ownsSocket: true, isInline);
        ConnectionId = ConnectionStream.NextId();
        LocalEndPoint = StreamTransport.LocalEndPoint;
        RemoteEndPoint = StreamTransport.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
    }

    public StreamTransport StreamTransport { get; }

    /// <summary>Whether somebody has asked for the pipes, or put others in their place: then the bytes go through these.</summary>
    public bool IsTransportReplaced => _pipes is not null;

    public Socket Socket { get; }

    public EndpointTerms Terms { get; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection(initialCapacity: 12);

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

    public override CancellationToken ConnectionClosed { get; set; }

    /// <summary>Tells the stream that serves this connection, so that an abort wakes it as one of ours.</summary>
    public void Attach(ConnectionStream stream)
    {
        ConnectionAbortedException? late;
        lock (_gate)
        {
            _stream = stream;
            late = _abortReason;
        }

        if (late is not null) stream.Abort(late);
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        ConnectionStream? stream;
        lock (_gate)
        {
            _abortReason ??= abortReason;
            stream = _stream;
        }

        if (stream is not null) stream.Abort(abortReason);
        else StreamTransport.Abort(abortReason);
        _ = _closed.CancelAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_pipedStream is { } stream) await stream.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        await StreamTransport.DisposeAsync().ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref _onReleased, null)?.Invoke();
    }
}
