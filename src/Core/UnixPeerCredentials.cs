using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>
/// Who is at the other end of a Unix socket, as the kernel knows it: <c>stream.GetExtraInfo("peercred")</c>, on Linux.
/// asyncio: <c>SO_PEERCRED</c> of <c>get_extra_info('socket')</c>.
/// </summary>
/// <remarks>
/// It is the process that connected, or, seen from a client, the one that listened, and its user at that moment. The socket may
/// have been handed on since, and the process may be gone and its number another's.
/// </remarks>
/// <param name="ProcessId">The number of the process; 0 for one that is in no namespace of ours.</param>
/// <param name="UserId">The effective user of the process.</param>
/// <param name="GroupId">The effective group of the process.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct UnixPeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED

    /// <summary>Those of the peer of a socket; null where there are none to know: not Unix, not Linux.</summary>
    internal static UnixPeerCredentials? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily != AddressFamily.Unix) return null;
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
        try
        {
            return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
                ? MemoryMarshal.Read<UnixPeerCredentials>(credentials)
                : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
