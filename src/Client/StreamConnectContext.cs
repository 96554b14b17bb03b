using System.Net;

namespace Kestrel.Streams;

/// <summary>What <see cref="StreamClientOptions.ConnectCallback"/> is told about the connection it is to make.</summary>
public sealed class StreamConnectContext
{
    internal StreamConnectContext(EndPoint endPoint, StreamClientOptions options)
    {
        EndPoint = endPoint;
        Options = options;
    }

    /// <summary>
    /// Where to, as it was asked for: a <see cref="DnsEndPoint"/> for a host and port (not resolved), a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/> for a path, or the end point that was given.
    /// </summary>
    public EndPoint EndPoint { get; }

    /// <summary>The options of this connect.</summary>
    public StreamClientOptions Options { get; }
}
