namespace Kestrel.Streams;

/// <summary>A stream server on a Unix socket. asyncio: <c>UnixStreamServer</c>.</summary>
/// <remarks>
/// The file of a server that died is replaced, the one of a live server is not; of several that start on one path at once, one wins. The
/// file is removed at the close, unless another server has made its own there since. Only the owner can connect to it unless
/// <see cref="StreamServerOptions.UnixFileMode"/> or <see cref="StreamServerOptions.UnixGroup"/> says otherwise; asyncio leaves that to the umask.
/// </remarks>
public sealed partial class UnixStreamServer : StreamServerBase
{
    private readonly string? _path;
    private readonly StreamServerOptions _options;

    /// <summary>Makes a server; it is not bound yet.</summary>
    /// <param name="clientConnected">Serves one connection; its stream is closed when this returns, and aborted when it throws.</param>
    /// <param name="path">
    /// The path of the socket; one that begins with a NUL character is a name in the abstract namespace of Linux, without a file. Null with
    /// <see cref="StreamServerOptions.Socket"/>.
    /// </param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no path and no <see cref="StreamServerOptions.Socket"/>, or both; the path is empty or too long; the socket is not a bound
    /// Unix socket; or an option says something about hosts, families or ports.
    /// </exception>
    public UnixStreamServer(Func<ConnectionStream, Task> clientConnected, string? path = null, StreamServerOptions? options = null)
        : this(ClientConnected.Of(clientConnected), path, options)
    {
    }

    /// <summary>Makes a server; it is not bound yet.</summary>
    /// <inheritdoc cref="UnixStreamServer(Func{ConnectionStream, Task}, string?, StreamServerOptions?)" path="/exception"/>
    /// <param name="clientConnected">
    /// Serves one connection; its stream is closed when this returns, and aborted when it throws. The token fires when the server closes.
    /// </param>
    /// <param name="path">The path of the socket, or an abstract name.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    public UnixStreamServer(
        Func<ConnectionStream, CancellationToken, Task> clientConnected, string? path = null, StreamServerOptions? options = null)
        : this(ClientConnected.Of(clientConnected), path, options)
    {
    }

    private UnixStreamServer(ClientConnected clientConnected, string? path, StreamServerOptions? options)
        : base(clientConnected, options = options?.Copy() ?? new StreamServerOptions(), EndpointTerms.Of(nameof(UnixStreamServer), options))
    {
        UnixBinder.Check(path, options);
        _path = path;
        _options = options;
    }

    /// <summary>Makes a server of a plain callable, which is not awaited: the stream stays open until somebody closes it. The server
    /// holds it until then: one that the callable forgets is never collected.</summary>
    /// <inheritdoc cref="UnixStreamServer(Func{ConnectionStream, Task}, string?, StreamServerOptions?)" path="/exception"/>
    /// <param name="clientConnected">Takes one connection; when it throws, the connection is aborted.</param>
    /// <param name="path">The path of the socket, or an abstract name.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    /// <returns>The server; it is not bound yet.</returns>
    public static UnixStreamServer FromCallback(
        Action<ConnectionStream> clientConnected, string? path = null, StreamServerOptions? options = null) =>
        new(ClientConnected.Of(clientConnected), path, options);

    private protected override Task<IReadOnlyList<BoundSocket>> BindSocketsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<BoundSocket>>([UnixBinder.Bind(_path, _options, Terms)]);
    }
}
