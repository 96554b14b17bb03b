using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Streams;

/// <content>The serving of one connection.</content>
public abstract partial class StreamServerBase
{
    /// <summary>Serves one connection: called by Kestrel.</summary>
    /// <inheritdoc/>
    public sealed override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var requested = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        var (terms, meter) = connection is SocketConnection own ? (own.Terms, own.Meter) : (Terms, EndpointMeter.Of(Name, Terms.Name));
        using var served = new ServedConnection(this, Open(connection), terms, meter, _options.MaxConnectionLifetime is not null, requested);
        _running.Add(served);
        using var span = served.Span = ConnectionSpan.Start(served);
        using var scope = _log.Logger.BeginScope(new ConnectionScope(served));
        try
        {
            Conclude(served, await ServeAsync(served, served.StopRequested).ConfigureAwait(false));
        }
        finally
        {
            _admission.Release(served);
            _running.Remove(served);
        }
    }

    /// <summary>Calls the callback of the server.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="stopping">Fires when the server closes.</param>
    /// <returns>The end of the service.</returns>
    protected sealed override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => _clientConnected.Serve(stream, stopping);

    /// <summary>Lets a connection in, and calls the callback.</summary>
    internal Task HandleAsync(ServedConnection served, CancellationToken stopping)
    {
        var admission = _admission.AdmitAsync(served);
        // Most are let in at once, and then 150 bytes of a state machine need not live as long as the connection.
        return admission.IsCompletedSuccessfully
            ? HandleAsync(served, admission.Result, stopping)
            : WaitAndHandleAsync(served, admission, stopping);
    }

    private async Task WaitAndHandleAsync(ServedConnection served, ValueTask<bool> admission, CancellationToken stopping) =>
        await HandleAsync(served, await admission.ConfigureAwait(false), stopping).ConfigureAwait(false);

    private Task HandleAsync(ServedConnection served, bool isAdmitted, CancellationToken stopping)
    {
        if (!isAdmitted) return Task.CompletedTask;
        var stream = served.Stream;
        served.Span?.Admit(stream);
        if (_options.WireLog?.Invoke(stream) == true) stream.LogWire(_log.Factory.CreateLogger(WireLogExtensions.Category));
        if (_watchesTimes) served.Clock = new ConnectionClock(stream, _options);
        return HandleAsync(stream, stopping);
    }

    private static void Conclude(ServedConnection served, Exception? error)
    {
        served.Span?.Conclude(served.Refusal, error);
        if (served.Refusal is { } reason) served.Meter.Rejected(reason);
        else served.Meter.Lived(served.Age, error);
    }

    private void OnTimeout(ServedConnection served, ConnectionTimeout timeout)
    {
        var (stream, clock) = (served.Stream, served.Clock!);
        var error = new TimeoutException($"The connection {stream.Id} {timeout.Describe(_options)}");
        switch (timeout)
        {
            case ConnectionTimeout.Idle or ConnectionTimeout.Read:
                clock.InputIsOver = stream.Input.TryExpire(clock.Read, new IOException(error.Message, error));
                if (!clock.InputIsOver) return; // bytes have come since the clock looked
                break;
            case ConnectionTimeout.Lifetime:
                served.RequestStop();
                break;
            default:
                stream.Abort(error);
                break;
        }

        served.Meter.TimedOut(timeout);
        _log.Logger.TimedOut(stream.Id, stream.Peer(), timeout);
    }
}
