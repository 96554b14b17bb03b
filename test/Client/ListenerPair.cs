using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Two listeners on the same port, of 127.0.0.1 and of ::1: the two addresses of one host.</summary>
internal sealed class ListenerPair : IDisposable
{
    private ListenerPair(Listener four, Listener six)
    {
        Four = four;
        Six = six;
    }

    public Listener Four { get; }

    public Listener Six { get; }

    public int Port => Four.Port;

    public static ListenerPair Of(Func<Listener> four, Func<IPAddress, int, Listener> six)
    {
        while (true)
        {
            var first = four();
            try
            {
                return new ListenerPair(first, six(IPAddress.IPv6Loopback, first.Port));
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                first.Dispose(); // somebody has that port of ::1: take another one
            }
        }
    }

    public void Dispose()
    {
        Four.Dispose();
        Six.Dispose();
    }
}
