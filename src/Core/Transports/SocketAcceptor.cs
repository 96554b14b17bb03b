using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Accepts connections on a socket that listens.</summary>
/// <remarks>
/// On Linux it waits on a loop of ours, whose thread then accepts: <see cref="Socket"/> would have a thread of the runtime see that
/// somebody connects, and one of the pool accept.
/// </remarks>
internal sealed class SocketAcceptor : IDisposable
{
    private readonly Socket _socket;
    private readonly SocketReadiness? _readiness;

    /// <param name="socket">The socket, which stays its owner's.</param>
    public SocketAcceptor(Socket socket)
    {
        _socket = socket;
        if (!OperatingSystem.IsLinux()) return;
        socket.Blocking = false;
        _readiness = new SocketReadiness(socket.SafeHandle, SharedLoop.Instance);
    }

    /// <summary>The next connection. Called by one caller at a time.</summary>
    /// <exception cref="SocketException">The system refuses, such as for want of file descriptors.</exception>
    public ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken) =>
        _readiness is null ? _socket.AcceptAsync(cancellationToken) : AcceptWhenReadyAsync(_readiness, cancellationToken);

    /// <summary>Ends what waits; to be called before the socket is closed.</summary>
    public void Dispose() => _readiness?.Dispose();

    private async ValueTask<Socket> AcceptWhenReadyAsync(SocketReadiness readiness, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryAccept(readiness.Input) is { } socket) return socket;
            await readiness.WaitForInputAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Socket? TryAccept(ReadySignal input)
    {
        // Asked before: where there is nobody an accept throws, which costs more than all of a short connection.
        if (!input.TryLower() || !_socket.Poll(0, SelectMode.SelectRead)) return null;
        input.Raise(); // there may be more
        try
        {
            var accepted = _socket.Accept();
            // It has this from the one that listens, and whoever takes it from a stream may want to block.
            accepted.Blocking = true;
            return accepted;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            return null; // another process that has the socket was faster
        }
    }
}
