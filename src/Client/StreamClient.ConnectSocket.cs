using System.Net.Sockets;
using System.Security.Authentication;

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
    /// <see cref="StreamClientOptions.KeepAlive"/> are set on the socket, and <see cref="StreamClientOptions.Tls"/> is what it says; what
    /// concerns connecting does not matter here.
    /// </param>
    /// <param name="cancellationToken">
    /// Gives up. Cancelled already, it leaves the socket to the caller as it was; during the TLS handshake, the socket is closed.
    /// </param>
    /// <returns>The stream over the socket.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="socket"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="socket"/> is closed, not connected or not a stream socket; or <paramref name="options"/> have something that is
    /// only for TLS, and no <see cref="StreamClientOptions.Tls"/>, or that, and no name to check the certificate for: set
    /// <see cref="StreamClientOptions.ServerHostname"/>. The socket is left to the caller as it was.
    /// </exception>
    /// <exception cref="AuthenticationException">
    /// The TLS handshake failed: most often the certificate is not trusted, or is not for the server's name. The socket is closed.
    /// </exception>
    /// <exception cref="IOException">
    /// The connection broke during the TLS handshake, or <see cref="StreamClientOptions.HandshakeTimeout"/> was over. The socket is closed.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectAsync(
        Socket socket, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        SocketTransport.Check(socket);
        options ??= _defaults;
        var tls = ClientTls.For(options, target: null);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<ConnectionStream>(cancellationToken);
        var stream = Open(socket, options);
        return tls is null ? Task.FromResult(stream) : SecureAsync(stream, tls, options.HandshakeTimeout, cancellationToken);
    }
}
