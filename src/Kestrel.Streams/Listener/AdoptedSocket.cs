using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>A listening socket that the user has made and bound.</summary>
internal static class AdoptedSocket
{
    public static void Check(Socket socket, string parameter, params ReadOnlySpan<AddressFamily> families)
    {
        if (socket.SafeHandle.IsClosed)
            throw new ArgumentException("options.Socket is closed: give an open, bound stream socket.", parameter);
        if (socket.SocketType != SocketType.Stream)
            throw new ArgumentException($"options.Socket is of type {socket.SocketType}: give a stream socket.", parameter);
        if (!families.Contains(socket.AddressFamily))
            throw new ArgumentException($"options.Socket is of the family {socket.AddressFamily}, which this server does not serve.", parameter);
        if (socket.Connected)
            throw new ArgumentException("options.Socket is connected: give a bound one that listens or can listen.", parameter);
        if (!socket.IsBound)
            throw new ArgumentException("options.Socket is not bound: bind it first.", parameter);
    }

    public static BoundSocket Bind(Socket socket, EndpointTerms terms)
    {
        if (!socket.SafeHandle.IsClosed) return new BoundSocket(socket, socket.LocalEndPoint!, terms);
        throw new InvalidOperationException("options.Socket was closed with the server: make another server for another socket.");
    }
}
