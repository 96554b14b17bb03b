using System.Security.Authentication;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>
    /// Opens a WebSocket, whose binary messages carry the stream, as <c>app.MapStreamHandler</c> serves it. asyncio has none.
    /// </summary>
    /// <remarks>
    /// <para>Where one message ends and the next begins means nothing; a text message breaks the connection, with status 1003. The server's
    /// Close frame is the end of the input; without one a read throws <see cref="IOException"/>, so that a cut answer never looks whole. The
    /// output cannot end alone. The close sends status 1000 and waits for the server's answer for at most five seconds, in the background.</para>
    /// <para>The host is connected to as by <see cref="ConnectAsync(string, int, StreamClientOptions?, CancellationToken)"/>, without a
    /// proxy. With <see cref="StreamClientOptions.ConnectCallback"/> the connection may go anywhere, such as over a Unix socket; the URI then
    /// only says what the server is told. The HTTP handshake comes last, and has <see cref="StreamClientOptions.ConnectTimeout"/> to itself.</para>
    /// <para><see cref="ConnectionStream.GetExtraInfo"/> gives the sub-protocol that the server has chosen for <c>subprotocol</c>.</para>
    /// </remarks>
    /// <param name="uri">
    /// Where to: <c>ws://host:port/path</c> or <c>wss://host:port/path</c>, port 80 or 443 unless it says another; <c>http</c> and
    /// <c>https</c> mean the same.
    /// </param>
    /// <param name="options">
    /// How to connect and what stream to make; null for the defaults. <see cref="StreamClientOptions.ConfigureWebSocket"/> sets headers and
    /// sub-protocols. <c>wss</c> uses <see cref="StreamClientOptions.Tls"/>, or the defaults of the platform where that is null.
    /// </param>
    /// <param name="cancellationToken">Gives up. No socket is left behind.</param>
    /// <returns>The stream over the new WebSocket.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="uri"/> is relative or of another scheme (or null: <see cref="ArgumentNullException"/>); <paramref name="options"/> have
    /// something that is only for TLS, and the scheme is <c>ws</c>; or <see cref="StreamClientOptions.ConfigureWebSocket"/> sets what these
    /// options are there for, such as a certificate.
    /// </exception>
    /// <exception cref="StreamConnectException">
    /// The name could not be resolved, no address answered, the server does not take the WebSocket (the message has its HTTP status), or
    /// <see cref="StreamClientOptions.ConnectTimeout"/> was over.
    /// </exception>
    /// <exception cref="AuthenticationException">
    /// The TLS handshake failed: most often the certificate is not trusted, or is not for the server's name.
    /// </exception>
    /// <exception cref="IOException">
    /// The connection broke during the TLS handshake, or <see cref="StreamClientOptions.HandshakeTimeout"/> was over.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// <see cref="StreamClientOptions.ResolveCallback"/> returned null, or <see cref="StreamClientOptions.ConnectCallback"/> something
    /// other than a connected stream socket.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectWebSocketAsync(
        Uri uri, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("ws" or "wss" or "http" or "https"))
            throw new ArgumentException($"The URI is {uri}: a WebSocket is at ws://host/path or wss://host/path.", nameof(uri));
        options ??= _defaults;
        return ConnectRetry.RunAsync(new WebSocketDialer(uri, options).DialAsync, options, logger: null, cancellationToken);
    }
}
