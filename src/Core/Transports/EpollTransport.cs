using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>
/// A socket of Linux, straight on the system calls and a loop of ours. <see cref="Socket"/> tries a receive before it waits and again
/// behind the wait, and has to be asked first whether there is something, so that nobody holds a block for nothing: three receives for
/// each message, where here there is one.
/// </summary>
internal sealed class EpollTransport : SocketTransport
{
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly SocketReadiness _readiness;
    private readonly SocketReadiness _room;
    private readonly bool _isTcp;

    /// <param name="socket">The connected socket.</param>
    /// <param name="isInline">Whether code that waits for the socket goes on on the thread of the loop.</param>
    public EpollTransport(Socket socket, bool isInline)
        : base(socket, ownsSocket: true, mayBlock: true)
    {
        _socket = socket;
        _handle = socket.SafeHandle;
        _isTcp = socket.AddressFamily != AddressFamily.Unix;
        _readiness = new SocketReadiness(_handle, isInline ? InlineLoop.Next() : SharedLoop.Instance);
        // A Write that waits for room keeps its thread, which may be the one of the inline loop: another loop has to tell it.
        _room = isInline ? new SocketReadiness(_handle, SharedLoop.Instance) : _readiness;
    }

    internal override bool CanTryReceive => true;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        buffer.IsEmpty ? _readiness.WaitForInputAsync(cancellationToken) : ReceiveSomeAsync(buffer, cancellationToken);

    internal override bool TryReceive(Span<byte> buffer, out int count)
    {
        var input = _readiness.Input;
        var mayBeMore = false;
        count = 0;
        if (!input.TryLower() || !(_isTcp ? TryReceiveBytes(buffer, out count) : TryReceiveMessage(buffer, out count, out mayBeMore))) return false;
        InputHasEnded = count == 0 && buffer.Length > 0 && !mayBeMore;
        // Less than there was room for is all there was.
        if (count == buffer.Length || mayBeMore || _readiness.HasMoreBehind) input.Raise();
        return true;
    }

    public override unsafe int TrySend(ReadOnlySpan<byte> data)
    {
        nint result;
        fixed (byte* start = data)
        {
            do
            {
                result = Libc.Send(_handle, start, (nuint)data.Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
            }
            while (result < 0 && Descriptor.IsToBeRepeated());
        }

        return (int)Math.Max(result, 0);
    }

    internal override long TrySendFile(SafeFileHandle file, long offset, long count)
    {
        // sendfile has no flag for it. Everything else here has: .NET makes 150 bytes for a socket that is not to block.
        _socket.Blocking = false;
        return base.TrySendFile(file, offset, count);
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            _room.Output.Lower();
            data = data[TrySend(data.Span)..];
            if (data.IsEmpty) return;
            await _room.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private protected override void EndWaits()
    {
        _readiness.Dispose();
        _room.Dispose();
    }

    private unsafe bool TryReceiveBytes(Span<byte> buffer, out int count)
    {
        nint result;
        fixed (byte* start = buffer)
        {
            do
            {
                result = Libc.Receive(_handle, start, (nuint)buffer.Length, Libc.MSG_DONTWAIT);
            }
            while (result < 0 && Descriptor.IsToBeRepeated());
        }

        count = (int)Math.Max(result, 0);
        return result >= 0;
    }

    /// <summary>From a Unix socket, where a receive stops at a message that passes descriptors, and says so only here.</summary>
    private unsafe bool TryReceiveMessage(Span<byte> buffer, out int count, out bool mayBeMore)
    {
        nint result;
        int flags;
        fixed (byte* start = buffer)
        {
            var vector = new Libc.IOVector { Start = start, Length = (nuint)buffer.Length };
            var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            do
            {
                result = Libc.ReceiveMessage(_handle, &message, Libc.MSG_DONTWAIT);
            }
            while (result < 0 && Descriptor.IsToBeRepeated());
            flags = message.Flags;
        }

        count = (int)Math.Max(result, 0);
        mayBeMore = (flags & Libc.MSG_CTRUNC) != 0;
        return result >= 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        while (!TryReceive(buffer.Span, out count)) await _readiness.WaitForInputAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }
}
