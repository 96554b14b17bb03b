using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kestrel.Streams.Tests;

public class ConnectWebSocketTests
{
    [Theory]
    [InlineData("ws")]
    [InlineData("http")]
    public async Task It_speaks_with_a_handler(string scheme)
    {
        await using var app = await EchoAsync();
        await using var client = await StreamClient.ConnectWebSocketAsync(app.Uri(scheme: scheme)).Within();

        await client.HearsItselfAsync();
        Assert.Equal(app.Port, Assert.IsType<IPEndPoint>(client.RemoteEndPoint).Port);
        Assert.NotNull(client.Socket);
        Assert.Null(client.Tls);
        Assert.False(client.IsServerSide);
        Assert.False(client.CanWriteEof);
    }

    [Fact]
    public async Task It_is_an_address_as_the_others_are()
    {
        await using var app = await EchoAsync();
        await using var client = await StreamClient.ConnectAsync(app.Uri().ToString()).Within();

        await client.HearsItselfAsync();
        Assert.Throws<ArgumentException>(() => { _ = StreamClient.ConnectAsync("ws://localhost/", Trusting()); });
    }

    [Theory]
    [InlineData("wss")]
    [InlineData("https")]
    public async Task Over_TLS_it_checks_the_server_and_knows_the_session(string scheme)
    {
        await using var app = await EchoAsync(static listen => listen.UseHttps(TestCertificates.Server));
        await using var client = await StreamClient.ConnectWebSocketAsync(app.Uri(scheme: scheme), Trusting()).Within();

        await client.HearsItselfAsync();
        Assert.NotNull(client.Tls);
        Assert.IsType<TlsCipherSuite>(client.GetExtraInfo("cipher"));
        Assert.NotNull(client.GetExtraInfo("peercert"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HTTP_2_carries_it_too(bool tls)
    {
        await using var app = await EchoAsync(listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (tls) listen.UseHttps(TestCertificates.Server);
        });
        var options = tls ? Trusting() : new StreamClientOptions();
        options.ConfigureWebSocket = static socket =>
        {
            socket.HttpVersion = HttpVersion.Version20;
            socket.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        };
        var client = await StreamClient.ConnectWebSocketAsync(app.Uri(scheme: tls ? "wss" : "ws"), options).Within();

        await client.HearsItselfAsync();
        await client.HearsItselfAsync(new string('x', 1 << 19));
        await client.CloseAsync().Within();
        await client.WaitClosedAsync().Within();
        await app.StopAsync();
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_is_refused()
    {
        await using var app = await EchoAsync(static listen => listen.UseHttps(TestCertificates.Server));

        await Assert.ThrowsAsync<AuthenticationException>(() => StreamClient.ConnectWebSocketAsync(app.Uri(scheme: "wss")).Within());

        var wrong = Trusting();
        wrong.ServerHostname = "example.com";
        await Assert.ThrowsAsync<AuthenticationException>(() => StreamClient.ConnectWebSocketAsync(app.Uri(scheme: "wss"), wrong).Within());
    }

    [Fact]
    public async Task ConnectCallback_takes_it_over_a_Unix_socket()
    {
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString());
        await using var app = await WebApp.StartAsync(static app => app.MapStreamHandler<EchoHandler>("/stream"), unixPath: path);
        EndPoint? asked = null;
        await using var client = await StreamClient.ConnectWebSocketAsync(new Uri("ws://service/stream"), new StreamClientOptions
        {
            ConnectCallback = async (context, token) =>
            {
                asked = context.EndPoint;
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return socket;
            },
        }).Within();

        await client.HearsItselfAsync();
        Assert.Equal(new DnsEndPoint("service", 80), asked);
        Assert.Equal(path, client.RemoteEndPoint!.ToString());
    }

    [Fact]
    public async Task ResolveCallback_and_headers_are_used()
    {
        await using var app = await WebApp.StartAsync(static app =>
        {
            app.Use(static next => http =>
            {
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return http.Request.Headers.Authorization == "Bearer sesame" && http.Request.Host.Host == "service" ? next(http) : Task.CompletedTask;
            });
            app.MapStreamHandler<EchoHandler>("/stream");
        });
        var options = new StreamClientOptions { ResolveCallback = static (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]) };
        var uri = new Uri($"ws://service:{app.Port}/stream");

        var refused = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectWebSocketAsync(uri, options).Within());
        Assert.Equal($"Could not open a WebSocket at {uri}: the server answered 401 Unauthorized, and does not take it.", refused.Message);
        Assert.Equal(new DnsEndPoint("service", app.Port), Assert.Single(refused.Attempts).EndPoint);
        options.ConfigureWebSocket = static socket => socket.SetRequestHeader("Authorization", "Bearer sesame");
        await using var client = await StreamClient.ConnectWebSocketAsync(uri, options).Within();
        await client.HearsItselfAsync();
    }

    [Theory]
    [InlineData("/nowhere", "404 Not Found")]
    [InlineData("/elsewhere", "302 Found")]
    public async Task A_refusal_has_the_HTTP_status_in_words(string path, string status)
    {
        await using var app = await WebApp.StartAsync(static app => app.Map(
            "/elsewhere", static (HttpContext http) => http.Response.Redirect("/stream")));

        var refused = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectWebSocketAsync(app.Uri(path)).Within());

        Assert.Contains($"the server answered {status},", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_told_as_by_every_connect()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and listens not
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        var refused = await Assert.ThrowsAsync<StreamConnectException>(
            () => StreamClient.ConnectWebSocketAsync(new Uri($"ws://127.0.0.1:{port}/")).Within());

        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: lie\r\n\r\n")]
    [InlineData("")]
    public async Task A_server_that_speaks_something_else_is_refused(string answer)
    {
        using var listener = new Answering(answer);

        var refused = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectWebSocketAsync(listener.Uri).Within());

        Assert.StartsWith($"Could not open a WebSocket at {listener.Uri}: ", refused.Message, StringComparison.Ordinal);
        await listener.SeesTheEndAsync();
    }

    [Fact]
    public async Task A_server_that_never_answers_ends_with_ConnectTimeout()
    {
        using var listener = new Answering(null);

        var late = await Assert.ThrowsAsync<StreamConnectException>(
            () => StreamClient.ConnectWebSocketAsync(listener.Uri, new StreamClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) }).Within());

        Assert.Contains("ConnectTimeout", late.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(late.InnerException).SocketErrorCode);
        await listener.SeesTheEndAsync();
    }

    [Fact]
    public async Task A_server_that_never_shakes_hands_ends_with_HandshakeTimeout()
    {
        using var listener = new Answering(null);
        var options = Trusting();
        options.HandshakeTimeout = TimeSpan.FromMilliseconds(300);

        var late = await Assert.ThrowsAsync<IOException>(
            () => StreamClient.ConnectWebSocketAsync(new UriBuilder(listener.Uri) { Scheme = "wss" }.Uri, options).Within());

        Assert.Contains("HandshakeTimeout", late.Message, StringComparison.Ordinal);
        await listener.SeesTheEndAsync();
    }

    [Fact]
    public async Task Cancelled_it_leaves_nothing_behind()
    {
        using var listener = new Answering(null);
        using var cancel = new CancellationTokenSource();
        var connecting = StreamClient.ConnectWebSocketAsync(listener.Uri, cancellationToken: cancel.Token);
        await listener.Asked.Within();

        await cancel.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within());
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        await listener.SeesTheEndAsync();
    }

    [Fact]
    public async Task What_the_options_are_there_for_is_refused_in_ConfigureWebSocket_and_leaves_nothing_behind()
    {
        using var listener = new Answering(null);

        await Assert.ThrowsAsync<ArgumentException>(() => StreamClient.ConnectWebSocketAsync(
            listener.Uri, new StreamClientOptions { ConfigureWebSocket = static socket => socket.ClientCertificates = [TestCertificates.Client] }).Within());

        await listener.SeesTheEndAsync();
    }

    [Fact]
    public async Task A_text_message_breaks_the_stream_and_is_refused_with_status_1003()
    {
        var status = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await WebApp.StartAsync(app =>
        {
            app.UseWebSockets();
            app.Run(async http =>
            {
                using var socket = await http.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("text"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                await socket.ReceiveAsync(new byte[10], CancellationToken.None);
                status.SetResult(socket.CloseStatus);
            });
        });
        await using var client = await app.ConnectAsync();

        var broken = await Assert.ThrowsAsync<IOException>(() => client.ReadAsync(10).Within());

        Assert.Contains("text message", broken.Message, StringComparison.Ordinal);
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, await status.Task.Within());
        await Assert.ThrowsAsync<IOException>(() => client.WriteAsync("x").Within());
    }

    [Fact]
    public void What_cannot_be_meant_is_named_at_once()
    {
        Assert.Equal("uri", Throws<ArgumentNullException>(null!).ParamName);
        foreach (var uri in new[] { new Uri("/path", UriKind.Relative), new Uri("ftp://host/"), new Uri("tcp://host:1") })
            Assert.Equal("uri", Throws<ArgumentException>(uri).ParamName);
        foreach (var options in new[]
                 {
                     new StreamClientOptions { Tls = new SslClientAuthenticationOptions() }, new StreamClientOptions { ServerHostname = "host" },
                     new StreamClientOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) },
                 })
        {
            Assert.Equal("options", Throws<ArgumentException>(new Uri("ws://host/"), options).ParamName);
        }

        static T Throws<T>(Uri uri, StreamClientOptions? options = null)
            where T : Exception => Assert.Throws<T>(() => { _ = StreamClient.ConnectWebSocketAsync(uri, options); });
    }

    private static Task<WebApp> EchoAsync(Action<ListenOptions>? listen = null) =>
        WebApp.StartAsync(static app => app.MapStreamHandler<EchoHandler>("/stream"), listen: listen);

    private static StreamClientOptions Trusting() =>
        new() { Tls = new SslClientAuthenticationOptions { CertificateChainPolicy = TestCertificates.TrustAuthority } };

    /// <summary>Takes one connection, waits for the first bytes, and answers them with the text and the end, or never.</summary>
    private sealed class Answering : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _served;

        public Answering(string? answer)
        {
            _listener.Start();
            _served = ServeAsync(answer);
        }

        public Uri Uri => new($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/stream");

        public Task Asked => _asked.Task;

        /// <summary>The client has closed the connection, in whatever way.</summary>
        public Task SeesTheEndAsync() => _served.Within();

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string? answer)
        {
            using var client = await _listener.AcceptSocketAsync();
            var buffer = new byte[4096];
            try
            {
                if (await client.ReceiveAsync(buffer.AsMemory()) == 0) return;
                _asked.SetResult();
                if (answer is not null)
                {
                    await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer).AsMemory());
                    client.Shutdown(SocketShutdown.Send);
                }

                while (await client.ReceiveAsync(buffer.AsMemory()) > 0) continue;
            }
            catch (SocketException)
            {
                // Reset.
            }
        }
    }
}
