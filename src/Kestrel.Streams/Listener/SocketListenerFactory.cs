using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Kestrel's way to our listener.</summary>
internal sealed class SocketListenerFactory(StreamServerOptions options, ConnectionGate gate, string server, ILogger log) : IConnectionListenerFactory
{
    private readonly AcceptPace? _pace = options.MaxAcceptsPerSecond is { } rate ? new AcceptPace(rate, options.TimeProvider) : null;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var bound = ((BoundEndPoint)endpoint).Bound;
        try
        {
            // What is accepted inherits it there: a system call less for each connection.
            if (OperatingSystem.IsLinux() && bound.Socket.AddressFamily != AddressFamily.Unix) bound.Socket.NoDelay = true;
            if (!bound.ListensAlready) bound.Socket.Listen(options.Backlog);
        }
        catch (SocketException e)
        {
            // Two sockets can be bound to one port while neither listens: the conflict shows here.
            throw BindError.Of(bound.EndPoint.ToString()!, e);
        }

        log.Listening(server, bound.EndPoint);
        return ValueTask.FromResult<IConnectionListener>(new SocketListener(bound, options, gate, _pace, server, log));
    }
}
