using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>Connects to a TCP port of a host. asyncio: <c>asyncio.connect(host, port)</c>.</summary>
    /// <param name="host">
    /// A host name, whose addresses are tried until one connects (<see cref="StreamClientOptions.HappyEyeballsDelay"/> says how), or an
    /// IPv4 or IPv6 address, which is taken as it is (an IPv6 one with its scope where it has one: <c>fe80::1%eth0</c>).
    /// </param>
    /// <param name="port">The port, 1 to 65,535.</param>
    /// <param name="options">How to connect and what stream to make; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. No socket is left behind, also none that is half-open.</param>
    /// <returns>The stream over the new connection; it owns the socket.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="host"/> is empty (or null: <see cref="ArgumentNullException"/>); or <paramref name="options"/> have something that
    /// is only for TLS, and no <see cref="StreamClientOptions.Tls"/>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not from 1 to 65,535.</exception>
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
        string host, int port, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (port is < 1 or > IPEndPoint.MaxPort)
            throw new ArgumentOutOfRangeException(nameof(port), port, $"The port is {port}: a port to connect to is from 1 to 65535.");

        return ConnectToAsync(new DnsEndPoint(host, port), options ?? _defaults, cancellationToken);
    }

    /// <summary>
    /// Connects to an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.
    /// asyncio: <c>asyncio.connect</c>, <c>asyncio.connect_unix</c>.
    /// </summary>
    /// <param name="endPoint">
    /// Where to. The addresses of a <see cref="DnsEndPoint"/> are tried until one connects; its address family, where it has one, goes
    /// before <see cref="StreamClientOptions.AddressFamily"/>.
    /// </param>
    /// <param name="options">How to connect and what stream to make; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. No socket is left behind, also none that is half-open.</param>
    /// <returns>The stream over the new connection; it owns the socket.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endPoint"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="endPoint"/> has port 0, or is none of the three and there is no <see cref="StreamClientOptions.ConnectCallback"/>; or
    /// <paramref name="options"/> have something that is only for TLS, and no <see cref="StreamClientOptions.Tls"/>, or that, and there is
    /// no name to check the certificate for (<see cref="StreamClientOptions.ServerHostname"/>).
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
        EndPoint endPoint, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        options ??= _defaults;
        if (endPoint is IPEndPoint { Port: 0 } or DnsEndPoint { Port: 0 })
            throw new ArgumentException($"The end point {endPoint.Describe()} has port 0: a port to connect to is from 1 to 65535.", nameof(endPoint));
        if (endPoint is not (IPEndPoint or DnsEndPoint or UnixDomainSocketEndPoint) && options.ConnectCallback is null)
        {
            throw new ArgumentException(
                $"The end point is a {endPoint.GetType()}: give an IPEndPoint, a DnsEndPoint or a UnixDomainSocketEndPoint, or set ConnectCallback.",
                nameof(endPoint));
        }

        return ConnectToAsync(endPoint, options, cancellationToken);
    }

    private static Task<ConnectionStream> ConnectToAsync(
        EndPoint target, StreamClientOptions options, CancellationToken cancellationToken, bool alwaysTls = false, ILogger? logger = null)
    {
        var tls = ClientTls.For(options, target, alwaysTls);
        return ConnectRetry.RunAsync(ConnectAndOpenAsync, options, logger, cancellationToken);

        async Task<ConnectionStream> ConnectAndOpenAsync(CancellationToken token)
        {
            var socket = await new Connector(options).ConnectAsync(target, token).ConfigureAwait(false);
            ConnectionStream stream;
            try
            {
                stream = Open(socket, options);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            return tls is null ? stream : await SecureAsync(stream, tls, options.HandshakeTimeout, token).ConfigureAwait(false);
        }
    }
}
