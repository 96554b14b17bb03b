using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Accepts connections until it is unbound. Nothing that a peer or the kernel does ends it: Kestrel accepts no more after an error.</summary>
internal sealed class SocketListener(BoundSocket bound, StreamServerOptions options, ConnectionGate gate, string server, ILogger log) : IConnectionListener
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _unbound = new();
    private readonly EndpointMeter _meter = EndpointMeter.Of(server, bound.Terms.Name);
    private readonly AcceptPace? _pace = options.MaxAcceptsPerSecond is { } rate ? new AcceptPace(rate, options.TimeProvider) : null;

    public EndPoint EndPoint => bound.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                if (options.WhenFull == WhenFull.Wait) await WaitForRoomAsync().ConfigureAwait(false);
                if (_pace is not null) await _pace.WaitAsync(_unbound.Token).ConfigureAwait(false);
                var socket = await bound.Socket.AcceptAsync(_unbound.Token).ConfigureAwait(false);
                if (await TryOpenAsync(socket).ConfigureAwait(false) is { } connection) return connection;
            }
            catch (Exception e) when (_unbound.IsCancellationRequested && e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The peer has gone before it was accepted.
            }
            catch (SocketException e)
            {
                // No file descriptors left, for instance: they come back when connections end.
                log.AcceptFailed(e, EndPoint, e.Message, _pause.TotalMilliseconds);
                await Task.Delay(_pause, _unbound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        bound.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        bound.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<SocketConnection?> TryOpenAsync(Socket socket)
    {
        try
        {
            // Another endpoint of the server may have taken the place in the meantime.
            while (!gate.TryEnter())
            {
                if (options.WhenFull == WhenFull.Reject)
                {
                    Reject(socket);
                    return null;
                }

                await WaitForRoomAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }

        try
        {
            if (socket.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
            return new SocketConnection(socket, bound.Terms, gate.Leave);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // The peer has reset the connection in the meantime.
            socket.Dispose();
            gate.Leave();
            return null;
        }
    }

    private Task WaitForRoomAsync()
    {
        var room = gate.WaitForRoomAsync(_unbound.Token);
        if (!room.IsCompleted && gate.TellsFull()) log.ServerIsFull(server, options.MaxConnections, "accepts no more");
        return room;
    }

    private void Reject(Socket socket)
    {
        if (gate.TellsFull()) log.ServerIsFull(server, options.MaxConnections, "rejects more");
        _meter.Rejected(RefusalReason.Full);
        log.Rejected(SocketTransport.AddressOf(socket, static s => s.RemoteEndPoint), EndPoint);
        _ = RejectedConnection.EndAsync(socket, bound.Terms.Tls is null ? options.PartingBytes : default);
    }
}
