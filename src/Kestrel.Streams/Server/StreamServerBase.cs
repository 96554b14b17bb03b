using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>
/// What <see cref="StreamServer"/> and <see cref="UnixStreamServer"/> have in common: bind, serve, close, again and again.
/// </summary>
/// <remarks>Every member may be called beside every other. <c>await using</c> closes the server.</remarks>
public abstract partial class StreamServerBase : StreamHandler, IAsyncDisposable
{
    private readonly ClientConnected _clientConnected;
    private readonly StreamServerOptions _options;
    private readonly RunningConnections _running = new();
    private readonly ConnectionGate _gate;
    private readonly Admission _admission;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ServerLog _log;
    private readonly bool _watchesTimes;
    private IReadOnlyList<BoundSocket> _bound = [];
    private StreamListener? _listener;
    private ConnectionWatch? _watch;
    private TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _hurry = new();
    private int _servesForever;

    private protected StreamServerBase(ClientConnected clientConnected, StreamServerOptions options, EndpointTerms terms)
        : base(new ConnectionStreamOptions { Limit = options.Limit })
    {
        _clientConnected = clientConnected;
        _options = options;
        Name = options.Name ?? GetType().Name;
        Terms = terms;
        _log = new ServerLog(options.LoggerFactory);
        _watchesTimes = ConnectionWatch.PeriodFor(options) is not null;
        _gate = new ConnectionGate(options.MaxConnections, options.MaxConnectionsPerAddress);
        _admission = new Admission(options, _gate, _log);
        StreamMeter.Publish();
    }

    /// <summary>The name of the server in logs, metrics and traces.</summary>
    public string Name { get; }

    /// <summary>Whether the server is bound. asyncio: <c>is_bound</c>.</summary>
    public bool IsBound => Volatile.Read(ref _bound).Count > 0;

    /// <summary>Whether the server is bound and accepts connections. asyncio: <c>is_serving</c>.</summary>
    public bool IsServing => Volatile.Read(ref _listener) is not null;

    /// <summary>The listening sockets; empty when the server is not bound. They belong to the server. asyncio: <c>sockets</c>.</summary>
    public IReadOnlyList<Socket> Sockets => [.. Volatile.Read(ref _bound).Select(static bound => bound.Socket)];

    /// <summary>The addresses the server is bound to, with the ports that were chosen; empty when it is not bound.</summary>
    public IReadOnlyList<EndPoint> EndPoints => [.. Volatile.Read(ref _bound).Select(static bound => bound.EndPoint)];

    /// <summary>How many connections there are, those that shake hands included.</summary>
    public int ConnectionCount => _gate.Count;

    private protected StreamServerOptions Options => _options;

    private protected override ILogger? Log => _log.Logger;

    internal override bool CutsAtOnce => Volatile.Read(ref _hurry).IsCancellationRequested;

    /// <summary>Binds, and does not accept yet: peers are refused until <see cref="StartServingAsync"/>. Bound already: does nothing. asyncio: <c>bind</c>.</summary>
    /// <param name="cancellationToken">Gives up; nothing is bound then.</param>
    /// <returns>The end.</returns>
    /// <exception cref="IOException">An address cannot be bound: the message names it; nothing is bound then.</exception>
    public Task BindAsync(CancellationToken cancellationToken = default) => InTurnAsync(BindCoreAsync, cancellationToken);

    /// <summary>Binds where that is still to do, and accepts connections. Serving already: does nothing. asyncio: <c>start_serving</c>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The end: connections are accepted from now on.</returns>
    /// <exception cref="IOException">An address cannot be bound: the message names it.</exception>
    public Task StartServingAsync(CancellationToken cancellationToken = default) => InTurnAsync(StartCoreAsync, cancellationToken);

    /// <summary>Serves until it is cancelled or the server is closed. asyncio: <c>serve_forever</c>.</summary>
    /// <param name="cancellationToken">Closes the server; the call returns then, without an exception.</param>
    /// <returns>The end: the server is closed.</returns>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    /// <exception cref="IOException">An address cannot be bound: the message names it.</exception>
    public async Task ServeForeverAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _servesForever, 1) != 0)
            throw new InvalidOperationException("The server serves already: await the other ServeForeverAsync, or close the server first.");
        try
        {
            await StartServingAsync(cancellationToken).ConfigureAwait(false);
            await Volatile.Read(ref _closed).Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _servesForever, 0);
        }
    }

    /// <summary>
    /// Closes the server: it accepts no more; the handlers' <c>stopping</c> fires and their streams take no more input, so that they read
    /// what is buffered and then the end, and can still write their last answer. It waits for them up to
    /// <see cref="StreamServerOptions.ShutdownTimeout"/>, aborts the connections of the rest, and waits as long once more, at most 5
    /// seconds. Handlers that ignore all that are logged and left behind. Closed already: does nothing; the server may be bound again.
    /// asyncio: <c>close</c>.
    /// </summary>
    /// <param name="cancellationToken">Aborts the connections of the rest at once; the close goes on to its end.</param>
    /// <returns>The end: nothing is bound, and no handler runs but those that were logged.</returns>
    public Task CloseAsync(CancellationToken cancellationToken = default) => CloseAsync(_options.ShutdownTimeout, cancellationToken);

    /// <summary>Closes the server at once: aborts all connections, and waits for the handlers as <see cref="CloseAsync(CancellationToken)"/> does after its aborts. asyncio: <c>abort</c>.</summary>
    /// <returns>The end: nothing is bound, and no handler runs but those that were logged.</returns>
    public Task AbortAsync() => CloseAsync(TimeSpan.Zero, CancellationToken.None);

    /// <summary>Closes the server: <see cref="CloseAsync(CancellationToken)"/>.</summary>
    /// <returns>The end, as there.</returns>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return new ValueTask(CloseAsync(CancellationToken.None));
    }

    /// <summary>The text form: whether the server serves, and where.</summary>
    /// <returns>The text, for logs and people; its form may change.</returns>
    public override string ToString()
    {
        var state = IsServing ? "serving" : IsBound ? "bound" : "closed";
        return $"<{GetType().Name} {string.Join(" ", [state, .. EndPoints.Select(static endPoint => endPoint.ToString()!)])}>";
    }

    /// <summary>Binds a new server and starts it, or closes it.</summary>
    private protected static async Task<TServer> StartAsync<TServer>(TServer server, bool serve, CancellationToken cancellationToken)
        where TServer : StreamServerBase
    {
        try
        {
            await (serve ? server.StartServingAsync(cancellationToken) : server.BindAsync(cancellationToken)).ConfigureAwait(false);
            return server;
        }
        catch (Exception)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What holds for the connections of an endpoint that has nothing of its own.</summary>
    private protected EndpointTerms Terms { get; }

    private protected abstract Task<IReadOnlyList<BoundSocket>> BindSocketsAsync(CancellationToken cancellationToken);

    private async Task BindCoreAsync(CancellationToken cancellationToken)
    {
        if (IsBound) return;
        Volatile.Write(ref _bound, await BindSocketsAsync(cancellationToken).ConfigureAwait(false));
        if (_closed.Task.IsCompleted) Volatile.Write(ref _closed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        if (IsServing) return;
        await BindCoreAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var listening = new SocketListenerFactory(_options, _gate, Name, _log.Logger);
            Volatile.Write(ref _listener, await StreamListener.StartAsync(_bound, listening, OnConnectedAsync, _log, cancellationToken).ConfigureAwait(false));
            _watch = ConnectionWatch.Start(_options, _running, OnTimeout);
        }
        catch (Exception)
        {
            Unbind();
            throw;
        }
    }

    private async Task CloseAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        // Whoever is in a hurry does not wait behind a close that is not.
        await using var others = Hurry(grace, cancellationToken).ConfigureAwait(false);
        await InTurnAsync(
            async _ =>
            {
                await using var own = Hurry(grace, cancellationToken).ConfigureAwait(false);
                await CloseCoreAsync(grace).ConfigureAwait(false);
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task CloseCoreAsync(TimeSpan grace)
    {
        if (_listener is { } listener)
        {
            Volatile.Write(ref _listener, null);
            await listener.StopAsync(_running, Name, _clientConnected.Name, grace, _options.ShutdownTimeout, _hurry.Token).ConfigureAwait(false);
            _watch?.Dispose();
            _watch = null;
        }

        if (_hurry.IsCancellationRequested) Volatile.Write(ref _hurry, new CancellationTokenSource());
        Unbind();
        // The server owns it from the beginning, so it goes with one that was never bound too.
        _options.Socket?.Dispose();
        _log.Close();
        _closed.TrySetResult();
    }

    /// <summary>The close that is under way, or else the next one, cuts the connections at once: now, or when the token fires.</summary>
    private CancellationTokenRegistration Hurry(TimeSpan grace, CancellationToken cancellationToken)
    {
        var hurry = Volatile.Read(ref _hurry);
        if (grace == TimeSpan.Zero) hurry.Cancel();
        return cancellationToken.UnsafeRegister(static hurry => ((CancellationTokenSource)hurry!).Cancel(), hurry);
    }

    private void Unbind()
    {
        foreach (var socket in _bound) socket.Dispose();
        Volatile.Write(ref _bound, []);
    }

    private async Task InTurnAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await step(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
