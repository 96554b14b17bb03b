using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Kestrel.Streams;

/// <summary>Opens one WebSocket: a socket, TLS where the URI says so, and the HTTP handshake over them.</summary>
internal sealed class WebSocketDialer
{
    private readonly Uri _uri;
    private readonly StreamClientOptions _options;
    private readonly DnsEndPoint _target;
    private readonly SslClientAuthenticationOptions? _tls;

    /// <exception cref="ArgumentException">The options cannot be meant.</exception>
    public WebSocketDialer(Uri uri, StreamClientOptions options)
    {
        var isSecure = uri.Scheme is "wss" or "https";
        if (!isSecure && options.Tls is not null)
            throw new ArgumentException($"Tls is set and the URI is {uri}: make it wss, or leave Tls null.", nameof(options));
        _uri = new UriBuilder(uri) { Scheme = isSecure ? "wss" : "ws", Port = uri.Port }.Uri;
        _options = options;
        _target = new DnsEndPoint(uri.IdnHost.Trim('[', ']'), uri.Port);
        _tls = ClientTls.For(options, _target, always: isSecure);
    }

    public async Task<ConnectionStream> DialAsync(CancellationToken cancellationToken)
    {
        var socket = await new Connector(_options).ConnectAsync(_target, cancellationToken).ConfigureAwait(false);
        var webSocket = new ClientWebSocket();
        Stream? stream = null;
        try
        {
            StreamClient.Configure(socket, _options);
            var facts = FactsOf(socket);
            Configure(webSocket.Options);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (_tls is not null) stream = await SecureAsync(stream, webSocket.Options, facts, cancellationToken).ConfigureAwait(false);
            await ShakeHandsAsync(webSocket, stream, cancellationToken).ConfigureAwait(false);
            if (webSocket.SubProtocol is { } protocol) facts["subprotocol"] = protocol;
            return ConnectionStream.Create(
                new WebSocketTransport(webSocket, () => Reset(socket), facts), new ConnectionStreamOptions { Limit = _options.Limit });
        }
        catch
        {
            webSocket.Dispose();
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    private static Dictionary<string, object> FactsOf(Socket socket)
    {
        var facts = new Dictionary<string, object>(StringComparer.Ordinal) { ["socket"] = socket };
        if (SocketTransport.AddressOf(socket, static s => s.LocalEndPoint) is { } here) facts["sockname"] = here;
        if (SocketTransport.AddressOf(socket, static s => s.RemoteEndPoint) is { } there) facts["peername"] = there;
        if (UnixPeerCredentials.Of(socket) is { } peer) facts["peercred"] = peer;
        return facts;
    }

    private void Configure(ClientWebSocketOptions webSocket)
    {
        // So that a refusal can be told in words.
        webSocket.CollectHttpResponseDetails = true;
        _options.ConfigureWebSocket?.Invoke(webSocket);
    }

    private async Task<Stream> SecureAsync(
        Stream plain, ClientWebSocketOptions webSocket, Dictionary<string, object> facts, CancellationToken cancellationToken)
    {
        // HTTP/2 is agreed on in the TLS handshake, or not at all.
        if (webSocket.HttpVersion.Major == 2)
        {
            _tls!.ApplicationProtocols ??= webSocket.HttpVersionPolicy == HttpVersionPolicy.RequestVersionOrLower
                ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]
                : [SslApplicationProtocol.Http2];
        }

        var secure = new SslStream(plain);
        try
        {
            using var late = new CancellationTokenSource(_options.HandshakeTimeout, _options.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                await secure.AuthenticateAsClientAsync(_tls!, either.Token).ConfigureAwait(false);
            }
            catch (Exception) when (either.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new IOException(
                    $"The TLS handshake with {_target.Describe()} took longer than {_options.HandshakeTimeout.TotalSeconds:0.###} seconds; see HandshakeTimeout.",
                    new SocketException((int)SocketError.TimedOut));
            }
            catch (IOException e)
            {
                throw new IOException($"The TLS handshake with {_target.Describe()} failed: {e.Message.TrimEnd('.')}.", e.InnerException ?? e);
            }
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        facts["ssl_object"] = secure;
        facts["sslcontext"] = _tls!;
        facts["cipher"] = secure.NegotiatedCipherSuite;
        if (secure.RemoteCertificate is { } certificate) facts["peercert"] = certificate;
        return secure;
    }

    private async Task ShakeHandsAsync(ClientWebSocket webSocket, Stream stream, CancellationToken cancellationToken)
    {
        Stream? connection = stream;
        using var handler = new SocketsHttpHandler
        {
            // It is there already, with the errors and the clean-up of every other connect; and there is one only.
            ConnectCallback = (_, _) => ValueTask.FromResult(
                Interlocked.Exchange(ref connection, null) ?? throw new IOException("The server has ended the connection, and wants another one.")),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        try
        {
            await new ConnectClock(_options.ConnectTimeout, _options.Time).RunAsync(
                async token =>
                {
                    await webSocket.ConnectAsync(_uri, invoker, token).ConfigureAwait(false);
                    return webSocket;
                },
                1,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or SocketException)
        {
            throw ConnectFailure.NoWebSocket(_uri, _target, webSocket.HttpStatusCode, e);
        }
    }

    /// <summary>Drops what is unsent, as the abort of every other connection does.</summary>
    private static void Reset(Socket socket)
    {
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix) socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }

        socket.Dispose();
    }
}
