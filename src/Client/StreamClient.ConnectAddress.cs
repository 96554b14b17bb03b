using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>Connects to an address as configuration writes it. asyncio: <c>asyncio.connect</c>, <c>asyncio.connect_unix</c>.</summary>
    /// <param name="url">
    /// <c>tcp://host:port</c> (an IPv6 address in brackets), <c>tls://host:port</c>, which is TLS also where
    /// <see cref="StreamClientOptions.Tls"/> is null, <c>unix:/path</c>, <c>unix:path</c> from the working directory, or
    /// <c>unix:@name</c> for an abstract name; <c>ws://host:port/path</c> or <c>wss://host:port/path</c> for a WebSocket, as
    /// <see cref="ConnectWebSocketAsync"/> opens it.
    /// </param>
    /// <param name="options">How to connect and what stream to make; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. No socket is left behind, also none that is half-open.</param>
    /// <returns>The stream over the new connection; it owns the socket.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="url"/> is no such address (or null: <see cref="ArgumentNullException"/>); or <paramref name="options"/> have something
    /// that is only for TLS, and there is none, or TLS over a Unix socket and no <see cref="StreamClientOptions.ServerHostname"/>.
    /// </exception>
    /// <exception cref="StreamConnectException">
    /// The name could not be resolved, no address answered, or <see cref="StreamClientOptions.ConnectTimeout"/> was over; the message
    /// names each address and its reason.
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
    public static Task<ConnectionStream> ConnectAsync(
        string url, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(ClientAddress.Parse(url, nameof(url)), options ?? _defaults, logger: null, cancellationToken);

    /// <summary>Connects to an address that <see cref="ClientAddress"/> has found fit.</summary>
    internal static Task<ConnectionStream> ConnectAsync(
        StreamAddress address, StreamClientOptions options, ILogger? logger, CancellationToken cancellationToken) =>
        address.Uri is { } webSocket
            ? ConnectRetry.RunAsync(new WebSocketDialer(webSocket, options).DialAsync, options, logger, cancellationToken)
            : ConnectToAsync(address.EndPoint!, options, cancellationToken, ClientAddress.IsSecure(address), logger);
}
