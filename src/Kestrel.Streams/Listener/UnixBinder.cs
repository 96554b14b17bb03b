using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>From a path to a bound Unix socket.</summary>
internal static class UnixBinder
{
    public static void Check(string? path, StreamServerOptions options)
    {
        if (options.Hosts.Count > 0 || options.AddressFamily != AddressFamily.Unspecified)
            throw new ArgumentException("options.Hosts and options.AddressFamily are for TCP: a Unix server has a path.", nameof(options));
        var access = new UnixFileAccess(options.UnixFileMode, options.UnixGroup);
        if (access.Fault is { } fault) throw new ArgumentException($"{fault}.", nameof(options));
        if (options.ReusePort)
            throw new ArgumentException("options.ReusePort is for TCP: one server alone can listen on a path.", nameof(options));
        if (options.Socket is { } socket)
        {
            if (path is not null)
                throw new ArgumentException("There is a path as well as options.Socket: give one of them.", nameof(path));
            if (access != UnixFileAccess.Default)
                throw new ArgumentException("options.UnixFileMode and options.UnixGroup are for a file that the server makes: whoever has bound options.Socket sets them.", nameof(options));
            AdoptedSocket.Check(socket, nameof(options), AddressFamily.Unix);
            return;
        }

        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.LastIndexOf('\0') > 0 && path[0] != '\0')
            throw new ArgumentException("There is a NUL character within the path: only an abstract name has one, at its beginning.", nameof(path));
        if (path[0] == '\0' && access != UnixFileAccess.Default)
            throw new ArgumentException("An abstract name has no file, and so no mode and no group: take options.AllowPeer to choose who may connect.", nameof(options));
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ArgumentException($"The path has {path.Length} characters, which is too long for a Unix socket: shorten it.", nameof(path), e);
        }
    }

    public static BoundSocket Bind(string? path, StreamServerOptions options, EndpointTerms terms)
    {
        if (options.Socket is { } adopted) return AdoptedSocket.Bind(adopted, terms);
        return path![0] == '\0' ? BindAbstract(path, terms) : BindFile(path, terms);
    }

    private static BoundSocket BindAbstract(string name, EndpointTerms terms)
    {
        var socket = Create();
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(name));
            return new BoundSocket(socket, socket.LocalEndPoint!, terms);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw BindError.Of($"abstract name '{name[1..]}'", e);
        }
    }

    private static BoundSocket BindFile(string path, EndpointTerms terms)
    {
        var endPoint = new UnixDomainSocketEndPoint(path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
            throw new IOException($"Cannot listen on {path}: there is no directory {directory}; make it first.");
        var socket = Create();
        try
        {
            var setAccess = terms.FileAccess.Prepare();
            using var turn = UnixPathTurn.TryTake(path);
            if (File.Exists(path)) RemoveStaleFile(path, endPoint, turn);
            Bind(socket, endPoint);
            // Nobody can connect before the socket listens, whatever mode the umask has left. When this fails the dispose deletes the file.
            setAccess(path);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw e is SocketException error ? BindError.Of(path, error) : new IOException($"Cannot listen on {path}: {e.Message}", e);
        }

        var listening = WithoutFile(socket);
        var file = UnixSocketFile.At(path);
        return new BoundSocket(listening, endPoint, terms, file.RemoveIfSame);
    }

    private static void Bind(Socket socket, UnixDomainSocketEndPoint endPoint)
    {
        try
        {
            socket.Bind(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.SocketError && OperatingSystem.IsLinux())
        {
            // .NET has no name for it, and so no message: a full disk, or one that is read-only. Asked once more, the system tells.
            var address = endPoint.Serialize();
            var why = "There was no room for the file of the socket, and now there is";
            // .NET does not know of this bind, and would not accept on it.
            if (ListenerLibc.Bind(socket.SafeHandle, address.Buffer.Span, (uint)address.Size) == 0) File.Delete(endPoint.ToString());
            else why = Marshal.GetLastPInvokeErrorMessage();
            throw new IOException($"{why}; give a path in a directory that takes a new file.", e);
        }
    }

    /// <summary>A server that died leaves its file, and a bind would fail on it. Only one that nobody answers on is removed.</summary>
    private static void RemoveStaleFile(string path, UnixDomainSocketEndPoint endPoint, UnixPathTurn? turn)
    {
        // Another server starts here at this moment.
        if (turn is null) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        using var probe = Create();
        // A live server with a full backlog would keep a blocking connect waiting.
        probe.Blocking = false;
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A server that is bound and does not listen yet refuses too.
            if (!IsBound(path))
            {
                if (UnixSocketFile.IsSocket(path)) File.Delete(path);
                return;
            }
        }
        catch (SocketException)
        {
            // Any other answer than a refusal says that somebody may be there.
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    /// <summary>Whether a socket is bound to the path by this very name; where the system has no such list, false.</summary>
    private static bool IsBound(string path)
    {
        const string Sockets = "/proc/net/unix";
        const string Unconnected = "01"; // the other state is that of the connections that a listener has accepted
        if (!File.Exists(Sockets)) return false;
        foreach (var line in File.ReadLines(Sockets))
        {
            var fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 8 && fields[5] == Unconnected && fields[7] == path) return true;
        }

        return false;
    }

    /// <summary>
    /// The same socket in an object that does not know of its file: a disposed one deletes what is at its path, even the file that
    /// another server has made there since.
    /// </summary>
    private static Socket WithoutFile(Socket socket)
    {
        var handle = new SafeSocketHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: true);
        socket.SafeHandle.SetHandleAsInvalid();
#pragma warning disable CA1816 // Its finalizer would delete the file as a dispose would.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        return new Socket(handle);
    }

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
