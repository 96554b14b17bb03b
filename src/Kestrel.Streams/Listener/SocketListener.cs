using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Accepts connections until it is unbound. Nothing that a peer or the kernel does ends it: Kestrel accepts no more after an error.</summary>
internal sealed class SocketListener(BoundSocket bound, StreamServerOptions options, ConnectionGate gate, AcceptPace? pace, string server, ILogger log) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();
    private readonly AcceptTrouble _trouble = new(bound, gate, options.TimeProvider, log);
    private readonly SocketAcceptor _acceptor = new(bound.Socket);
    private bool _reachedMargin;

    /// <summary>What holds for its connections.</summary>
    public EndpointTerms Terms => bound.Terms;

    /// <summary>Where its connections are counted.</summary>
    public EndpointMeter Meter { get; } = EndpointMeter.Of(server, bound.Terms.Name);

    public EndPoint EndPoint => bound.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                if (_reachedMargin && !_trouble.MayGoOn) await _trouble.WaitAsync(DescriptorMargin.Reached(), _unbound.Token).ConfigureAwait(false);
                _reachedMargin = false;

                if (options.WhenFull == WhenFull.Wait) await WaitForRoomAsync().ConfigureAwait(false);
                if (pace is not null) await pace.WaitAsync(_unbound.Token).ConfigureAwait(false);
                var socket = await _acceptor.AcceptAsync(_unbound.Token).ConfigureAwait(false);
                _reachedMargin = DescriptorMargin.IsIn(socket.SafeHandle.DangerousGetHandle());
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
            catch (Exception e) when (e is SocketException or IOException or OutOfMemoryException)
            {
                // No file descriptors left, for instance, or no thread, which takes some: somebody else has taken the margin.
                await _trouble.WaitAsync(e, _unbound.Token).ConfigureAwait(false);
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        Close();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing is left of a connection: its places are free.</summary>
    public void Leave(IPAddress? countedAddress)
    {
        gate.Leave();
        if (countedAddress is not null) gate.Leave(countedAddress);
    }

    private void Close()
    {
        _acceptor.Dispose();
        bound.Dispose();
    }

    private async ValueTask<SocketConnection?> TryOpenAsync(Socket socket)
    {
        // Before the place at the server: one address must not take the places of the others, not even for the moment of its rejection.
        var address = AddressToCount(socket);
        if (address is not null && !gate.TryEnter(address))
        {
            log.AddressIsFull(address.ToString(), options.MaxConnectionsPerAddress);
            Reject(socket, RefusalReason.AddressFull);
            return null;
        }

        var isOpen = false;
        try
        {
            // Another endpoint of the server may have taken the place in the meantime.
            while (!gate.TryEnter())
            {
                if (options.WhenFull == WhenFull.Reject)
                {
                    if (gate.TellsFull()) log.ServerIsFull(server, options.MaxConnections, "rejects more");
                    if (log.IsEnabled(LogLevel.Debug)) log.Rejected(StreamLog.PeerAt(SocketTransport.AddressOf(socket, static s => s.RemoteEndPoint)), EndPoint);
                    Reject(socket, RefusalReason.Full);
                    return null;
                }

                await WaitForRoomAsync().ConfigureAwait(false);
            }

            var connection = Open(socket, address);
            isOpen = connection is not null;
            return connection;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            if (!isOpen && address is not null) gate.Leave(address);
        }
    }

    /// <summary>The address whose places are counted here; behind a proxy that is the matter of its header.</summary>
    private IPAddress? AddressToCount(Socket socket) =>
        options.MaxConnectionsPerAddress is not null && bound.Terms.Proxy is null
            ? ConnectionGate.AddressOf(SocketTransport.AddressOf(socket, static s => s.RemoteEndPoint))
            : null;

    private SocketConnection? Open(Socket socket, IPAddress? address)
    {
        try
        {
            if ((bound.ListensAlready || !OperatingSystem.IsLinux()) && socket.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
            return new SocketConnection(socket, options.UnsafePreferInlineScheduling, this, address);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException or OutOfMemoryException)
        {
            socket.Dispose();
            gate.Leave();
            if (e is IOException or OutOfMemoryException) throw; // no file descriptor for a loop, or no thread
            return null; // the peer has reset the connection in the meantime
        }
    }

    private Task WaitForRoomAsync()
    {
        var room = gate.WaitForRoomAsync(_unbound.Token);
        if (!room.IsCompleted && gate.TellsFull()) log.ServerIsFull(server, options.MaxConnections, "accepts no more");
        return room;
    }

    private void Reject(Socket socket, string reason)
    {
        Meter.Rejected(reason);
        _ = RejectedConnection.EndAsync(socket, bound.Terms.Tls is null ? options.PartingBytes : default);
    }
}
