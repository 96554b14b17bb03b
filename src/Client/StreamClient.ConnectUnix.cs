using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    // sun_path has 108 bytes, of which the last is the NUL behind a path; an abstract name has none.
    private const int LongestPath = 107, LongestAbstractName = 108;

    /// <summary>Connects to a Unix domain socket. asyncio: <c>asyncio.connect_unix(path)</c>.</summary>
    /// <param name="path">The path of the socket file, or an abstract name: one that begins with <c>'\0'</c>.</param>
    /// <param name="options">How to connect and what stream to make; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. No socket is left behind.</param>
    /// <returns>The stream over the new connection; it owns the socket.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is empty or longer than the system allows (or null: <see cref="ArgumentNullException"/>); or
    /// <paramref name="options"/> have something that is only for TLS, and no <see cref="StreamClientOptions.Tls"/>, or that, and no name
    /// to check the certificate for: set <see cref="StreamClientOptions.ServerHostname"/>, because a path is none.
    /// </exception>
    /// <exception cref="StreamConnectException">
    /// There is no such file, nobody listens there, it may not be opened, or <see cref="StreamClientOptions.ConnectTimeout"/> was
    /// over (a connect waits while the listener's queue is full); the message has the path.
    /// </exception>
    /// <exception cref="AuthenticationException">
    /// The TLS handshake failed: most often the certificate is not trusted, or is not for the server's name.
    /// </exception>
    /// <exception cref="IOException">
    /// The connection broke during the TLS handshake, or <see cref="StreamClientOptions.HandshakeTimeout"/> was over.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// <see cref="StreamClientOptions.ConnectCallback"/> returned something other than a connected stream socket.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectUnixAsync(
        string path, StreamClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (length, longest) = (Encoding.UTF8.GetByteCount(path), path[0] == '\0' ? LongestAbstractName : LongestPath);
        if (length > longest)
        {
            throw new ArgumentException(
                $"The path has {length} bytes: a Unix socket path has at most {longest}; use a shorter one, or one from the working directory.", nameof(path));
        }

        return ConnectToAsync(new UnixDomainSocketEndPoint(path), options ?? _defaults, cancellationToken);
    }
}
