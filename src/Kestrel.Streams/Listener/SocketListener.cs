using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Accepts connections until it is unbound. Nothing that a peer or the kernel does ends it: Kestrel accepts no more after an error.</summary>
internal sealed class SocketListener(BoundSocket bound, ILogger log) : IConnectionListener
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint => bound.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                var socket = await bound.Socket.AcceptAsync(_unbound.Token).ConfigureAwait(false);
                if (TryOpen(socket) is { } connection) return connection;
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

    private static SocketConnection? TryOpen(Socket socket)
    {
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
            return new SocketConnection(socket);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // The peer has reset the connection in the meantime.
            socket.Dispose();
            return null;
        }
    }
}
