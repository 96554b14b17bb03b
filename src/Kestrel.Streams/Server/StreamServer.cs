namespace Kestrel.Streams;

/// <summary>A stream server on TCP. asyncio: <c>StreamServer</c>.</summary>
/// <example>
/// <code>
/// await using var server = new StreamServer(async stream =&gt;
/// {
///     await foreach (var line in stream.BorrowLinesAsync())
///         stream.Write(line.Span);
/// }, "127.0.0.1", 8888);
/// await server.ServeForeverAsync();
/// </code>
/// </example>
public sealed partial class StreamServer : StreamServerBase
{
    private readonly IReadOnlyList<string> _hosts;
    private readonly int _port;
    private readonly StreamServerOptions _options;

    /// <summary>Makes a server; it is not bound yet.</summary>
    /// <param name="clientConnected">Serves one connection; its stream is closed when this returns, and aborted when it throws.</param>
    /// <param name="host">The host name or address to listen on; null for all interfaces, IPv4 and IPv6.</param>
    /// <param name="port">The port; 0 for a free one, which <see cref="StreamServerBase.EndPoints"/> tells.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The host is empty, or there is a host as well as <see cref="StreamServerOptions.Hosts"/> or <see cref="StreamServerOptions.Socket"/>;
    /// or the socket is not a bound TCP socket.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is not within 0 and 65,535.</exception>
    public StreamServer(Func<ConnectionStream, Task> clientConnected, string? host = null, int port = 0, StreamServerOptions? options = null)
        : this(ClientConnected.Of(clientConnected), host, port, options)
    {
    }

    /// <summary>Makes a server; it is not bound yet.</summary>
    /// <inheritdoc cref="StreamServer(Func{ConnectionStream, Task}, string?, int, StreamServerOptions?)" path="/exception"/>
    /// <param name="clientConnected">
    /// Serves one connection; its stream is closed when this returns, and aborted when it throws. The token fires when the server closes.
    /// </param>
    /// <param name="host">The host name or address to listen on; null for all interfaces, IPv4 and IPv6.</param>
    /// <param name="port">The port; 0 for a free one, which <see cref="StreamServerBase.EndPoints"/> tells.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    public StreamServer(
        Func<ConnectionStream, CancellationToken, Task> clientConnected, string? host = null, int port = 0, StreamServerOptions? options = null)
        : this(ClientConnected.Of(clientConnected), host, port, options)
    {
    }

    private StreamServer(ClientConnected clientConnected, string? host, int port, StreamServerOptions? options)
        : base(clientConnected, options = options?.Copy() ?? new StreamServerOptions(), EndpointTerms.Of(nameof(StreamServer), options))
    {
        TcpBinder.Check(host, port, options);
        _hosts = host is null ? [.. options.Hosts] : [host];
        _port = port;
        _options = options;
    }

    /// <summary>Makes a server of a plain callable, which is not awaited: the stream stays open until somebody closes it. The server
    /// holds it until then: one that the callable forgets is never collected.</summary>
    /// <inheritdoc cref="StreamServer(Func{ConnectionStream, Task}, string?, int, StreamServerOptions?)" path="/exception"/>
    /// <param name="clientConnected">Takes one connection; when it throws, the connection is aborted.</param>
    /// <param name="host">The host name or address to listen on; null for all interfaces, IPv4 and IPv6.</param>
    /// <param name="port">The port; 0 for a free one, which <see cref="StreamServerBase.EndPoints"/> tells.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    /// <returns>The server; it is not bound yet.</returns>
    public static StreamServer FromCallback(
        Action<ConnectionStream> clientConnected, string? host = null, int port = 0, StreamServerOptions? options = null) =>
        new(ClientConnected.Of(clientConnected), host, port, options);

    private protected override Task<IReadOnlyList<BoundSocket>> BindSocketsAsync(CancellationToken cancellationToken) =>
        TcpBinder.BindAsync(_hosts, _port, _options, Terms, cancellationToken);
}
