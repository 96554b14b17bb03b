using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>A socket that is bound and perhaps listens, the address it is bound to, and what else goes when it goes.</summary>
internal sealed class BoundSocket(Socket socket, EndPoint endPoint, EndpointTerms terms, Action? release = null) : IDisposable
{
    private int _disposed;

    public Socket Socket => socket;

    public EndPoint EndPoint => endPoint;

    public EndpointTerms Terms => terms;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        release?.Invoke();
        socket.Dispose();
    }
}
