using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Connects a socket of Linux on a loop of ours.</summary>
/// <remarks>
/// The connect of <see cref="Socket"/> would have the runtime watch the socket for as long as it lives, and a thread of the runtime
/// wake for every message that comes, although nobody waits for it there.
/// </remarks>
internal static class EpollConnect
{
    /// <summary>Connects.</summary>
    /// <param name="socket">The new socket; it is not to be used any more when the connect has succeeded.</param>
    /// <param name="endPoint">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The same socket as an object that knows that it is connected.</returns>
    public static async ValueTask<Socket> ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        socket.Blocking = false;
        var address = endPoint.Serialize();
        using (var readiness = new SocketReadiness(socket.SafeHandle, SharedLoop.Instance))
        {
            readiness.Output.Lower();
            while (!IsConnected(socket.SafeHandle, address))
            {
                await readiness.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
                readiness.Output.Lower();
            }
        }

        var connected = new Socket(socket.SafeHandle);
        // The peer has accepted and reset it in the meantime: it has no address any more.
        if (!connected.Connected) throw new SocketException((int)SocketError.ConnectionReset);
        // Both have the one handle, and the finalizer of this one would close it.
#pragma warning disable CA1816
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        return connected;
    }

    /// <summary>Begins to connect, or asks what has become of it.</summary>
    private static unsafe bool IsConnected(SafeSocketHandle socket, SocketAddress address)
    {
        fixed (byte* start = address.Buffer.Span)
        {
            if (Libc.Connect(socket, start, (uint)address.Size) == 0) return true;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            Libc.EISCONN => true,
            Libc.EINPROGRESS or Libc.EALREADY or Libc.EINTR => false,
            _ => throw Refused(),
        };
    }

    /// <summary>What the connect ran into, as <see cref="Socket"/> would tell it.</summary>
    private static Exception Refused() => Marshal.GetLastPInvokeError() switch
    {
        Libc.EAGAIN => new SocketException((int)SocketError.WouldBlock),
        Libc.EACCES or Libc.EPERM => new SocketException((int)SocketError.AccessDenied),
        Libc.EADDRINUSE => new SocketException((int)SocketError.AddressAlreadyInUse),
        Libc.EADDRNOTAVAIL or Libc.ENOENT => new SocketException((int)SocketError.AddressNotAvailable),
        Libc.EAFNOSUPPORT => new SocketException((int)SocketError.AddressFamilyNotSupported),
        Libc.EPROTOTYPE => new SocketException((int)SocketError.ProtocolType),
        Libc.EINVAL => new SocketException((int)SocketError.InvalidArgument),
        _ => Descriptor.LastError(),
    };
}
