namespace Kestrel.Streams.Tests;

/// <summary>The same server over TCP or over a Unix socket.</summary>
internal static class AnyServer
{
    public static TheoryData<bool> TcpAndUnix => new(false, true);

    /// <summary>A server that is not bound yet. A Unix one has an abstract name, which leaves nothing behind.</summary>
    public static StreamServerBase Of(
        bool unix, Func<ConnectionStream, CancellationToken, Task> clientConnected, StreamServerOptions options) =>
        unix
            ? new UnixStreamServer(clientConnected, "\0ks-" + Guid.NewGuid().ToString("N"), options)
            : new StreamServer(clientConnected, "127.0.0.1", 0, options);
}
