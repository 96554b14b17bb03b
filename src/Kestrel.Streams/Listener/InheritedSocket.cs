using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Listening sockets that this process was started with, by the numbers of their descriptors.</summary>
/// <remarks>
/// Such a socket is its parent's too, and shall outlive this process: the connections that come while no process accepts wait in it for
/// the next one. So it is never closed here. (A close of ours could even end its listening for everybody: .NET shuts a socket down to wake
/// those who wait on it. And as long as the parent has it, it stays in our epoll under its number, which a second object for it would
/// find taken.) There is one object for each, which serves again and again.
/// </remarks>
internal sealed class InheritedSocket
{
    private static readonly Lock _gate = new();
    private static readonly Dictionary<int, InheritedSocket> _known = [];

    private readonly Socket _socket;
    private bool _taken;

    private InheritedSocket(Socket socket) => _socket = socket;

    /// <summary>Takes a socket for a server, until the result is disposed.</summary>
    /// <exception cref="IOException">The descriptor is none that a server can listen on, or another server has it.</exception>
    public static BoundSocket Bind(int descriptor, StreamAddress address, EndpointTerms terms)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(descriptor, out var inherited))
                _known.Add(descriptor, inherited = new InheritedSocket(Open(descriptor, address)));
            if (inherited._taken) throw Cannot(address, $"another server of this process listens on descriptor {descriptor}: give each a socket of its own");
            var socket = inherited._socket;
            if (terms.AllowPeer is not null && socket.AddressFamily != AddressFamily.Unix)
                throw Cannot(address, $"descriptor {descriptor} is a TCP socket, and AllowPeer knows only the peers of Unix sockets; set it at the endpoints that are Unix sockets");
            var bound = new BoundSocket(socket, socket.LocalEndPoint!, terms, inherited.Release) { IsKept = true, ListensAlready = Listens(socket) };
            inherited._taken = true;
            return bound;
        }
    }

    /// <summary>Keeps a descriptor from the programs that this process starts: they would hold its socket open without knowing.</summary>
    /// <returns>False when there is no such descriptor.</returns>
    public static bool TryKeepToOurselves(int descriptor)
    {
        var flags = ListenerLibc.Fcntl(descriptor, ListenerLibc.F_GETFD, 0);
        return flags >= 0 && ListenerLibc.Fcntl(descriptor, ListenerLibc.F_SETFD, flags | ListenerLibc.FD_CLOEXEC) >= 0;
    }

    /// <summary>The exception of a socket that was to be taken over and cannot be.</summary>
    public static IOException Cannot(StreamAddress address, string why) => new($"Cannot listen on {address}: {why}.");

    private static Socket Open(int descriptor, StreamAddress address)
    {
        if (OperatingSystem.IsWindows()) throw Cannot(address, "Windows has no descriptors to inherit; give an address");
        if (!TryKeepToOurselves(descriptor)) throw Cannot(address, $"descriptor {descriptor} is not open; have the parent pass a listening socket under this number");
        Socket socket;
        try
        {
            socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
        }
        catch (SocketException e)
        {
            throw Cannot(address, $"descriptor {descriptor} is no socket ({e.Message}); have the parent pass a listening socket under this number");
        }

        if (WhyUnfit(socket) is { } fault) throw Cannot(address, $"descriptor {descriptor} is {fault}; have the parent pass a listening stream socket, TCP or Unix");
        return socket;
    }

    private static string? WhyUnfit(Socket socket) => socket switch
    {
        // So .NET has whatever is no socket.
        { SocketType: SocketType.Unknown } => "no socket",
        { SocketType: not SocketType.Stream } => $"a socket of type {socket.SocketType}",
        { AddressFamily: not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix) } => $"a socket of the family {socket.AddressFamily}",
        { Connected: true } => "a socket that is connected",
        { LocalEndPoint: null or IPEndPoint { Port: 0 } } => "a socket that is not bound",
        { LocalEndPoint: UnixDomainSocketEndPoint unix } when unix.ToString().Length == 0 => "a socket that is not bound",
        _ => null,
    };

    private static bool Listens(Socket socket)
    {
        const int SocketLevel = 1; // SOL_SOCKET on Linux
        const int Accepts = 30; // SO_ACCEPTCONN
        if (!OperatingSystem.IsLinux()) return false;
        var value = 0;
        return socket.GetRawSocketOption(SocketLevel, Accepts, MemoryMarshal.AsBytes(new Span<int>(ref value))) == sizeof(int) && value != 0;
    }

    private void Release()
    {
        lock (_gate) _taken = false;
    }
}
