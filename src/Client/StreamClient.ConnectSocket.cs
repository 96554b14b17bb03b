using System.Net.Sockets;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>
    /// Makes a stream of a socket that is connected already: TCP, Unix, or one end of a socket pair. asyncio:
    /// <c>asyncio.connect(sock=...)</c>, <c>asyncio.connect_unix(sock=...)</c>.
    /// </summary>
    /// <param name="socket">
    /// The connected stream socket. From the moment the stream is there it owns the socket, which closes with it; use the socket no more.
    /// </param>
    /// <param name="options">
    /// What stream to make; null for the defaults. <see cref="StreamClientOptions.NoDelay"/> and
    /// <see cref="StreamClientOptions.KeepAlive"/> are set on the socket; what concerns connecting does not matter here.
    /// </param>
    /// <param name="cancellationToken">Gives up; the socket is then left to the caller as it was.</param>
    /// <returns>The stream over the socket.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="socket"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="socket"/> is closed, not connected or not a stream socket; it is left to the caller as it was.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectAsync(
        Socket socket, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        SocketTransport.Check(socket);
        return cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<ConnectionStream>(cancellationToken)
            : Task.FromResult(Open(socket, options ?? _defaults));
    }
}
