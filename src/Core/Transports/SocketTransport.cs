using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>
/// Straight on a connected stream socket, TCP or Unix: no pipes, no pump tasks. A receive is issued when somebody reads, a send is
/// tried at once on the caller's thread. This is how it is on any platform; <see cref="EpollTransport"/> is how it is on Linux.
/// </summary>
internal class SocketTransport : StreamTransport
{
    private static readonly TimeSpan _lingerTime = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly bool _ownsSocket;
    private readonly EndPoint? _localEndPoint;
    private readonly EndPoint? _remoteEndPoint;
    private readonly object? _peerCredentials;
    private readonly CancellationTokenSource? _letGo;
    private bool _expectsInput;
    private volatile bool _isAsked;
    private int _released;
    private int _aborted;
    private Task _lingering = Task.CompletedTask;

    /// <param name="socket">The connected socket.</param>
    /// <param name="ownsSocket">Whether it is disposed with the transport.</param>
    /// <param name="mayBlock">Whether every call on it says that it must not block, so that the socket need not.</param>
    public SocketTransport(Socket socket, bool ownsSocket, bool mayBlock = false)
    {
        Check(socket);
        _socket = socket;
        _ownsSocket = ownsSocket;
        _letGo = ownsSocket ? null : new CancellationTokenSource();
        // Kept here because a socket forgets its addresses when it is disposed, and logs want them then.
        _localEndPoint = AddressOf(socket, static s => s.LocalEndPoint);
        _remoteEndPoint = AddressOf(socket, static s => s.RemoteEndPoint);
        _peerCredentials = UnixPeerCredentials.Of(socket);
        if (!mayBlock) socket.Blocking = false;
    }

    /// <summary>The one for this platform.</summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="ownsSocket">Whether it is disposed with the transport.</param>
    /// <param name="isInline">Whether code that waits for the socket may go on on the thread that waits for all sockets.</param>
    public static SocketTransport Over(Socket socket, bool ownsSocket, bool isInline) =>
        // epoll forgets a descriptor that is closed, and a socket that is not ours may be, while a read waits: Socket wakes it.
        OperatingSystem.IsLinux() && ownsSocket ? new EpollTransport(socket, isInline) : new SocketTransport(socket, ownsSocket);

    public override bool CanWriteEof => true;

    public override bool CanTrySend => true;

    /// <summary>Whether the end of the input was received: nothing more can come.</summary>
    private protected bool InputHasEnded { get; set; }

    public override EndPoint? LocalEndPoint => _localEndPoint;

    public override EndPoint? RemoteEndPoint => _remoteEndPoint;

    public override object? GetExtraInfo(string name) => name switch
    {
        "socket" => _socket,
        "peercred" => _peerCredentials,
        _ => base.GetExtraInfo(name),
    };

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // A socket that is not ours stays open: giving it back needs a way to end what is pending.
        if (_letGo is { } letGo) return ReceiveUntilLetGoAsync(buffer, letGo.Token, cancellationToken);
        return _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _letGo is { } letGo ? SendUntilLetGoAsync(data, letGo.Token, cancellationToken) : SendAllAsync(data, cancellationToken);

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        var sent = _socket.Send(data, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => sent,
            SocketError.WouldBlock => 0,
            _ => throw new SocketException((int)error),
        };
    }

    internal override long TrySendFile(SafeFileHandle file, long offset, long count) =>
        KernelFile.TrySend(_socket.SafeHandle, file, offset, count);

    public override ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        _socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    internal override unsafe long? CountUntaken()
    {
        if (!OperatingSystem.IsLinux()) return null;
        _isAsked = true;
        // Either the release sees that somebody asks, or whoever asks sees the release.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _released) != 0) return null;
        try
        {
            int count;
            return Libc.Ioctl(_socket.SafeHandle, Libc.SIOCOUTQ, &count) == 0 ? count : null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    internal override void ExpectInputAtClose() => _expectsInput = true;

    public override void Abort(Exception? reason)
    {
        Interlocked.Exchange(ref _aborted, 1);
        if (Interlocked.Exchange(ref _released, 1) != 0 && _lingering.IsCompleted) return;
        EndWaits();
        if (_ownsSocket) Cut();
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) return new ValueTask(_lingering);
        EndWaits();
        if (!_ownsSocket) return ValueTask.CompletedTask;
        // Where nothing more can come, a close alone sends FIN. But .NET resets a connection that it closes beside a call on its socket,
        // unless there was a shutdown before, and somebody who asks may be in one.
        if ((InputHasEnded && !_isAsked) || !TryEndOutput() || !(_expectsInput || HasUnreadInput()))
        {
            _socket.Dispose();
            return ValueTask.CompletedTask;
        }

        _lingering = LingerAsync();
        // An abort that came before there was anything to cut has left it to us.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _aborted) != 0) Cut();
        return new ValueTask(_lingering);
    }

    /// <summary>Refuses what no transport can work on; takes nothing.</summary>
    internal static void Check(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.SafeHandle.IsClosed)
            throw new ArgumentException("The socket is closed: give an open, connected stream socket.", nameof(socket));
        if (socket.SocketType != SocketType.Stream)
            throw new ArgumentException($"The socket is of type {socket.SocketType}: give a stream socket.", nameof(socket));
        if (!socket.Connected)
            throw new ArgumentException("The socket is not connected: connect it first.", nameof(socket));
    }

    /// <summary>An address of the socket, or null where it has none any more.</summary>
    internal static EndPoint? AddressOf(Socket socket, Func<Socket, EndPoint?> get)
    {
        try
        {
            return get(socket);
        }
        catch (SocketException)
        {
            return null; // the peer has reset the connection already
        }
    }

    /// <summary>Ends what waits for a socket that may stay open.</summary>
    private protected virtual void EndWaits() => _letGo?.Cancel();

    private async ValueTask<int> ReceiveUntilLetGoAsync(Memory<byte> buffer, CancellationToken letGo, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(letGo, cancellationToken);
        return await _socket.ReceiveAsync(buffer, SocketFlags.None, either.Token).ConfigureAwait(false);
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
            data = data[await _socket.SendAsync(data, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
    }

    private async ValueTask SendUntilLetGoAsync(ReadOnlyMemory<byte> data, CancellationToken letGo, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(letGo, cancellationToken);
        await SendAllAsync(data, either.Token).ConfigureAwait(false);
    }

    /// <summary>Sends FIN first: a socket disposed with a receive pending would send RST otherwise (tried on .NET 10).</summary>
    private bool TryEndOutput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Ends the connection with a reset, where there is one.</summary>
    private void Cut()
    {
        try
        {
            // A close with linger time zero sends RST. A Unix peer sees the end instead: there is no reset to send.
            if (_socket.AddressFamily != AddressFamily.Unix) _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }

        _socket.Dispose();
    }

    private bool HasUnreadInput()
    {
        try
        {
            return _socket.Available > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>
    /// A kernel that closes a socket with unread input sends RST, which can destroy what was just sent. So the input is drained
    /// until the peer's end, for a bounded time.
    /// </summary>
    private async Task LingerAsync()
    {
        try
        {
            var waste = new byte[4096];
            using var limit = new CancellationTokenSource(_lingerTime);
            while (await _socket.ReceiveAsync(waste, SocketFlags.None, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            _socket.Dispose();
        }
    }
}
