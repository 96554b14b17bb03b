using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>
/// Connects the clients that <see cref="StreamClientServiceCollectionExtensions.AddStreamClient"/> has registered, each by its name. One
/// for the whole host; it may be used from many places at once.
/// </summary>
public interface IStreamClientFactory
{
    /// <summary>Connects a client to its <see cref="StreamClientOptions.Url"/>, with as many attempts as its
    /// <see cref="StreamClientOptions.Retry"/> gives it.</summary>
    /// <param name="name">The name it was registered by.</param>
    /// <param name="cancellationToken">Gives up, also between two attempts. No socket is left behind, also none that is half-open.</param>
    /// <returns>The stream over a new connection, each time; it owns the socket, and whoever asked for it disposes it.</returns>
    /// <exception cref="ArgumentException">There is no client of that name; the message tells the names there are.</exception>
    /// <exception cref="OptionsValidationException">
    /// The options or the configuration of a client have faults, all of which the exception tells; a host with them does not start.
    /// </exception>
    /// <exception cref="StreamConnectException">
    /// The name of the host could not be resolved, no address answered, or <see cref="StreamClientOptions.ConnectTimeout"/> was over, in
    /// the last attempt as in those before; the message names each address and its reason.
    /// </exception>
    /// <exception cref="AuthenticationException">
    /// The TLS handshake failed: most often the certificate is not trusted, or is not for the server's name. There is no other attempt.
    /// </exception>
    /// <exception cref="IOException">
    /// The connection broke during the TLS handshake of the last attempt, or <see cref="StreamClientOptions.HandshakeTimeout"/> was over.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// <see cref="StreamClientOptions.ResolveCallback"/> returned null, or <see cref="StreamClientOptions.ConnectCallback"/> something
    /// other than a connected stream socket.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    Task<ConnectionStream> ConnectAsync(string name, CancellationToken cancellationToken = default);
}
