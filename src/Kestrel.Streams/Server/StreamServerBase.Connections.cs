using System.Diagnostics;
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
        var terms = (connection as SocketConnection)?.Terms ?? Terms;
        using var served = new ServedConnection(Open(connection), Name, terms, _options.MaxConnectionLifetime is not null, requested);
        _running.Add(served);
        using var span = ConnectionSpan.Start(served);
        using var scope = _log.Logger.BeginScope(new ConnectionScope(served));
        try
        {
            var error = await ServeAsync(served.Stream, stopping => HandleAsync(served, span, stopping), served.StopRequested).ConfigureAwait(false);
            Conclude(served, span, error);
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

    private async Task HandleAsync(ServedConnection served, Activity? span, CancellationToken stopping)
    {
        if (!await _admission.AdmitAsync(served).ConfigureAwait(false)) return;
        span?.Admit(served.Stream);
        if (_options.WireLog?.Invoke(served.Stream) == true) served.Stream.LogWire(_log.Factory.CreateLogger(WireLogExtensions.Category));
        served.Clock = new ConnectionClock(served.Stream, _options);
        await HandleAsync(served.Stream, stopping).ConfigureAwait(false);
    }

    private static void Conclude(ServedConnection served, Activity? span, Exception? error)
    {
        span?.Conclude(served.Refusal, error);
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
