using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Ports for programs that are told theirs, and have the same again when they are started again: kept for them until the end.</summary>
/// <remarks>A bound socket that does not listen keeps others from being given its port, and not a program that asks for it by number.</remarks>
internal sealed class Ports : IDisposable
{
    private readonly List<Socket> _kept = [];

    /// <summary>The first of so many in a row.</summary>
    public int Take(int count = 1)
    {
        while (true)
        {
            var row = new List<Socket>();
            try
            {
                row.Add(Bind(0));
                var first = PortOf(row[0]);
                for (var i = 1; i < count; i++) row.Add(Bind(first + i));
                _kept.AddRange(row);
                return first;
            }
            catch (SocketException)
            {
                // One in the row is somebody else's.
                row.ForEach(static socket => socket.Dispose());
            }
        }
    }

    public void Dispose() => _kept.ForEach(static socket => socket.Dispose());

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
