using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Connects a new socket to one address.</summary>
internal static class SocketDialer
{
    private const int FirstPause = 1, LongestPause = 50;

    /// <summary>Connects; whatever goes wrong, no socket is left.</summary>
    public static async Task<Socket> DialAsync(EndPoint endPoint, EndPoint? local, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = Math.Min(pause * 2, LongestPause))
        {
            try
            {
                return await DialOnceAsync(endPoint, local, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.WouldBlock && endPoint is UnixDomainSocketEndPoint)
            {
                // A Unix listener whose queue is full refuses at once, where a TCP one keeps the caller waiting, and nothing tells when
                // there is room again.
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<Socket> DialOnceAsync(EndPoint endPoint, EndPoint? local, CancellationToken cancellationToken)
    {
        var socket = NewSocket(endPoint);
        try
        {
            if (local is not null)
                Bind(socket, local);
            if (OperatingSystem.IsLinux()) socket = await EpollConnect.ConnectAsync(socket, endPoint, cancellationToken).ConfigureAwait(false);
            else await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            RefuseSelf(socket, endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint { Address: var address })
            return new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);

        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.IsIPv4MappedToIPv6)
            socket.DualMode = true;
        return socket;
    }

    private static void Bind(Socket socket, EndPoint local)
    {
        if (local.AddressFamily != socket.AddressFamily)
        {
            throw new SocketException(
                (int)SocketError.AddressFamilyNotSupported, $"not to be reached from LocalEndPoint {local.Describe()}, which is of another family");
        }

        try
        {
            socket.Bind(local);
        }
        catch (SocketException error)
        {
            throw new SocketException((int)error.SocketErrorCode, $"LocalEndPoint {local.Describe()} could not be bound: {error.Message}");
        }
    }

    // Where nobody listens on a port of the ephemeral range, the system may pick that very port for this end, and TCP then connects
    // the socket with itself.
    private static void RefuseSelf(Socket socket, EndPoint endPoint)
    {
        if (endPoint is IPEndPoint && endPoint.Equals(socket.LocalEndPoint))
            throw new SocketException((int)SocketError.ConnectionRefused);
    }
}
