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

    /// <summary>Whether the socket stays open when this is disposed: it is not ours to close.</summary>
    public bool IsKept { get; init; }

    /// <summary>Whether it has listened before it came to us: then how many may wait to be accepted is not ours to say.</summary>
    public bool ListensAlready { get; init; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        release?.Invoke();
        if (!IsKept) socket.Dispose();
    }
}
