using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>
/// A Kestrel connection handler that speaks through a <see cref="ConnectionStream"/>. Derive from it and use it with
/// <c>listenOptions.UseConnectionHandler&lt;THandler&gt;()</c>, or take <see cref="StreamServer"/>, which is one.
/// asyncio: <c>client_connected_cb</c>.
/// </summary>
/// <remarks>
/// On our own listener the stream works straight on the socket. On any other connection, and where a middleware has replaced the
/// connection's pipes, it works on the pipes.
/// </remarks>
public abstract class StreamHandler : ConnectionHandler
{
    /// <summary>Makes the handler. One instance serves many connections at once.</summary>
    /// <param name="options">How its streams buffer, or null for the defaults.</param>
    protected StreamHandler(ConnectionStreamOptions? options = null)
    {
        GivenOptions = options;
        StreamOptions = options ?? new ConnectionStreamOptions();
    }

    /// <summary>How its streams are to buffer; null when it did not say.</summary>
    internal ConnectionStreamOptions? GivenOptions { get; }

    /// <summary>How its streams buffer.</summary>
    internal ConnectionStreamOptions StreamOptions { get; }

    /// <summary>Where failures are reported; without it they go up to Kestrel, which reports them.</summary>
    private protected virtual ILogger? Log => null;

    /// <summary>Whether a stop is an abort: nobody is to finish in order.</summary>
    internal virtual bool CutsAtOnce => false;

    /// <summary>
    /// Serves one connection: called by Kestrel. The stream is closed when <see cref="HandleAsync"/> returns, and aborted when it
    /// throws, so that a cut answer never looks whole.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <returns>The end of the connection.</returns>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var requested = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        return ServeAsync(Open(connection), requested);
    }

    /// <summary>Serves a connection whose stream is open, whatever it is that carries it; the stream is closed at the end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="requested">Fires when the server asks its connections to end.</param>
    /// <returns>The end of the connection.</returns>
    internal Task ServeAsync(ConnectionStream stream, CancellationToken requested) => ServeAsync(new HandledStream(this, stream), requested);

    /// <summary>Serves one connection; the stream is closed at the end.</summary>
    /// <returns>What the handler failed with, when that is logged here; null when it did not, or only the network did.</returns>
    private protected async Task<Exception?> ServeAsync(HandledStream served, CancellationToken requested)
    {
        var stream = served.Stream;
        var stop = requested.UnsafeRegister(static served => ((HandledStream)served!).Stop(), served);
        try
        {
            await served.HandleAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (
            (stream.IsBroken && e is IOException or OperationCanceledException) || e is ObjectDisposedException { InnerException: TimeoutException })
        {
            // The latter is what a write sees that its peer has held up for too long.
            Log?.ConnectionBroken(e, stream.Id, stream.Peer());
        }
        catch (Exception e) when (
            requested.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or IncompleteReadException)
        {
            Log?.HandlerStopped(e, stream.Id, stream.Peer());
        }
        catch (Exception e)
        {
            // First the log: whoever sees the reset finds it there.
            Log?.HandlerFailed(e, stream.Id, stream.Peer());
            stream.Abort(e);
            if (Log is null) throw;
            return e;
        }
        finally
        {
            await stream.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            await stop.DisposeAsync().ConfigureAwait(false);
            await ObserveAsync(served.StoppingCallbacks, stream).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Serves one connection.</summary>
    /// <param name="stream">The stream; it is closed when this returns.</param>
    /// <param name="stopping">
    /// Fires when the server stops. From then on the stream takes no more input: reads give what is buffered and then the end, and
    /// writing still works. It does not fire when the peer goes: see <see cref="ConnectionStream.Closed"/>.
    /// </param>
    /// <returns>The end of the service.</returns>
    protected abstract Task HandleAsync(ConnectionStream stream, CancellationToken stopping);

    /// <summary>Calls the handler, for a server that does the rest.</summary>
    internal Task CallAsync(ConnectionStream stream, CancellationToken stopping) => HandleAsync(stream, stopping);

    /// <summary>What a handler has registered on <c>stopping</c> is a part of it: it ends with it, and its failure is one of the handler.</summary>
    private async Task ObserveAsync(Task callbacks, ConnectionStream stream)
    {
        try
        {
            await callbacks.ConfigureAwait(false);
        }
        catch (Exception e) when (Log is { } log)
        {
            log.StoppingCallbackFailed(e, stream.Id, stream.Peer());
        }
    }

    private protected ConnectionStream Open(ConnectionContext connection)
    {
        if (connection is SocketConnection { IsTransportReplaced: false } own)
        {
            var stream = ConnectionStream.Create(own.StreamTransport, StreamOptions, isServerSide: true, connection.ConnectionId);
            own.Attach(stream);
            return stream;
        }

        return ConnectionStream.Create(new ContextTransport(connection), StreamOptions, isServerSide: true, connection.ConnectionId);
    }
}
