using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

internal static class ConnectedSockets
{
    public static Task<(Socket Connecting, Socket Accepted)> TcpAsync() => ConnectAsync(new IPEndPoint(IPAddress.Loopback, 0));

    public static Task<(Socket Connecting, Socket Accepted)> UnixAsync() => ConnectAsync(UnixName());

    /// <summary>An abstract name, which leaves no file behind.</summary>
    public static UnixDomainSocketEndPoint UnixName() => new("\0kestrel-streams-conformance-" + Guid.NewGuid());

    public static async Task<Socket> ConnectToAsync(EndPoint address)
    {
        Socket socket = NewSocket(address);
        await socket.ConnectAsync(address).Within();
        return socket;
    }

    private static async Task<(Socket Connecting, Socket Accepted)> ConnectAsync(EndPoint address)
    {
        using Socket listener = NewSocket(address);
        listener.Bind(address);
        listener.Listen();
        Task<Socket> accepting = listener.AcceptAsync();
        Socket connecting = await ConnectToAsync(listener.LocalEndPoint!);
        Socket accepted = await accepting;
        if (address is IPEndPoint)
            accepted.NoDelay = true;
        return (connecting, accepted);
    }

    private static Socket NewSocket(EndPoint address)
    {
        if (address is UnixDomainSocketEndPoint)
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }
}
