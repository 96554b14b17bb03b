namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>Lets an <see cref="HttpClient"/> run over any of our addresses: HTTP over a Unix socket.</summary>
    /// <param name="address">Where each connection goes to, whatever the URL of a request says: as for
    /// <see cref="ConnectAsync(string, StreamClientOptions?, CancellationToken)"/>.</param>
    /// <param name="options">How to connect; null for the defaults.</param>
    /// <returns>
    /// A <see cref="SocketsHttpHandler.ConnectCallback"/>, for as many connections as the handler likes to have. A connect that fails is
    /// inside the <see cref="HttpRequestException"/> of the request.
    /// </returns>
    /// <remarks>
    /// <para><c>new HttpClient(new SocketsHttpHandler { ConnectCallback = StreamClient.HttpConnectCallback("unix:/run/app.sock") })</c>; then ask
    /// for <c>http://localhost/...</c>: the URL still gives the Host header, the path and the scheme.</para>
    /// <para>TLS is either the handler's matter, with an <c>https</c> URL and an address without TLS, or ours, with an <c>http</c> URL and
    /// <c>tls://</c>.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="address"/> is none (or null: <see cref="ArgumentNullException"/>).</exception>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> HttpConnectCallback(
        string address, StreamClientOptions? options = null)
    {
        var where = ClientAddress.Parse(address, nameof(address));
        return async (_, cancellationToken) => await ConnectAsync(where, options ?? _defaults, logger: null, cancellationToken).ConfigureAwait(false);
    }
}
