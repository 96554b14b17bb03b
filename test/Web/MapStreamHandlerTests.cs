using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>Handlers at the paths of a web application, with the BCL's WebSocket at the other end.</summary>
public class MapStreamHandlerTests
{
    [Fact]
    public async Task What_the_messages_carry_is_one_stream_whatever_their_borders()
    {
        await using var app = await WebApp.ServeAsync(async (stream, _) =>
        {
            await foreach (var line in stream.ReadLinesAsync()) await stream.WriteAsync(line);
        });
        using var client = await ConnectAsync(app);

        foreach (var part in new[] { "he", "", "l", "lo\nwor", "", "ld\n" }) await SendAsync(client, part);

        Assert.Equal("hello\nworld\n", await HearAsync(client, 12));
    }

    [Fact]
    public async Task A_message_in_many_frames_is_no_different()
    {
        await using var app = await WebApp.ServeAsync((stream, _) => Talk.EchoAsync(stream));
        using var client = await ConnectAsync(app);

        await client.SendAsync("abc"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: false, CancellationToken.None).Within();
        Assert.Equal("abc", await HearAsync(client, 3));
        await client.SendAsync(Array.Empty<byte>(), WebSocketMessageType.Binary, endOfMessage: false, CancellationToken.None).Within();
        await client.SendAsync("def"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).Within();
        Assert.Equal("def", await HearAsync(client, 3));
    }

    [Fact]
    public async Task The_end_of_the_handler_is_a_Close_frame_with_status_1000_behind_all_that_it_wrote()
    {
        var answer = new string('x', 1 << 20);
        await using var app = await WebApp.ServeAsync((stream, _) => stream.WriteAsync(answer).AsTask());
        using var client = await ConnectAsync(app);

        Assert.Equal(answer, await HearAsync(client, answer.Length));
        await SeesCloseAsync(client, WebSocketCloseStatus.NormalClosure);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();
        Assert.Equal(WebSocketState.Closed, client.State);
    }

    [Fact]
    public async Task The_Close_frame_of_the_peer_is_the_end_of_the_input_and_the_answer_still_reaches_it()
    {
        await using var app = await WebApp.ServeAsync(
            async (stream, _) => await stream.WriteAsync($"{(await stream.ReadToEndAsync()).Length} bytes"));
        using var client = await ConnectAsync(app);

        await SendAsync(client, "12345");
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();

        Assert.Equal("5 bytes", await HearAsync(client, 7));
        await SeesCloseAsync(client, WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task A_text_message_is_refused_with_status_1003_and_breaks_the_stream()
    {
        var failed = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await WebApp.ServeAsync(async (stream, _) =>
        {
            failed.SetResult(await Record.ExceptionAsync(() => stream.ReadLineAsync().AsTask()));
            await stream.ReadLineAsync();
        });
        using var client = await ConnectAsync(app);

        await client.SendAsync("hello\n"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).Within();

        await SeesCloseAsync(client, WebSocketCloseStatus.InvalidMessageType);
        Assert.Contains("text message", Assert.IsType<IOException>(await failed.Task.Within()).Message, StringComparison.Ordinal);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();
        await app.StopAsync();
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task A_handler_that_throws_cuts_the_connection_and_says_no_end_and_the_web_server_logs_it_once()
    {
        await using var app = await WebApp.ServeAsync(async (stream, _) =>
        {
            await stream.WriteAsync("half of an ans");
            await stream.ReadLineAsync();
            throw new InvalidOperationException("broken handler");
        });
        using var client = await ConnectAsync(app);
        Assert.Equal("half of an ans", await HearAsync(client, 14));

        await SendAsync(client, "go\n");

        await Assert.ThrowsAsync<WebSocketException>(() => client.ReceiveAsync(new byte[10], CancellationToken.None).Within());
        await app.StopAsync();
        Assert.Contains("broken handler", Assert.Single(app.Complaints.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_is_cut_breaks_the_stream_and_is_no_error_in_the_log()
    {
        var failed = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await WebApp.ServeAsync(async (stream, _) =>
        {
            failed.SetResult(await Record.ExceptionAsync(() => stream.ReadToEndAsync().AsTask()));
            await stream.ReadToEndAsync();
        });
        using var client = await ConnectAsync(app);
        await SendAsync(client, "half of a quest");

        client.Abort();

        Assert.IsType<SocketException>(Assert.IsType<IOException>(await failed.Task.Within()).InnerException);
        await app.StopAsync();
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task A_peer_that_never_answers_the_Close_frame_does_not_hold_up_the_server()
    {
        var over = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await WebApp.ServeAsync((stream, _) =>
        {
            over.SetResult(stream.WaitClosedAsync());
            return Task.CompletedTask;
        });
        using var client = await ConnectAsync(app);

        await (await over.Task.Within()).Within(TimeSpan.FromSeconds(10));
        await app.StopAsync();
        Assert.Empty(app.Complaints.Errors);
    }

    [Theory]
    [InlineData("1.1", HttpStatusCode.UpgradeRequired)]
    [InlineData("2.0", HttpStatusCode.BadRequest)]
    public async Task A_request_that_is_no_WebSocket_is_told_so_in_a_sentence(string version, HttpStatusCode status)
    {
        await using var app = await WebApp.StartAsync(
            static app => app.MapStreamHandler<EchoHandler>("/stream"),
            listen: listen => listen.Protocols = version == "2.0"
                ? Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2 : Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        using var http = new HttpClient { DefaultRequestVersion = new Version(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await http.GetAsync(app.Uri(scheme: "http")).Within();

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains("WebSockets", await answer.Content.ReadAsStringAsync().Within(), StringComparison.Ordinal);
        Assert.Equal(version == "1.1", answer.Headers.Upgrade.Any(static upgrade => upgrade.Name == "websocket"));
    }

    [Fact]
    public async Task The_stream_knows_its_request()
    {
        await using var app = await WebApp.StartAsync(
            static app => app.MapStreamHandler<ScriptedHandler>("/rooms/{room}"),
            static services => services.AddSingleton(new ScriptedHandler(async (stream, _) =>
            {
                var http = Assert.IsType<HttpContext>(stream.GetExtraInfo("httpcontext"), exactMatch: false);
                Assert.IsType<ClaimsPrincipal>(stream.GetExtraInfo("user"));
                Assert.Equal(http.TraceIdentifier, stream.Id);
                Assert.True(stream.IsServerSide);
                Assert.False(stream.CanWriteEof);
                Assert.Equal(stream.LocalEndPoint, stream.GetExtraInfo("sockname"));
                Assert.NotNull(stream.Socket);
                Assert.Null(stream.Tls);
                await stream.WriteAsync($"{http.Request.RouteValues["room"]} {stream.RemoteEndPoint} {stream.LocalEndPoint}\n");
            })));
        await using var client = await app.ConnectAsync("/rooms/blue");

        Assert.Equal($"blue {client.LocalEndPoint} {client.RemoteEndPoint}", await client.HearLineAsync());
        Assert.Empty(await client.HearAllAsync());
    }

    [Fact]
    public async Task A_sub_protocol_can_be_agreed_on()
    {
        await using var app = await WebApp.StartAsync(
            static app => app.MapStreamHandler<ScriptedHandler>(
                "/stream", static (http, accept) => accept.SubProtocol = http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(static name => name == "lines.v2")),
            static services => services.AddSingleton(
                new ScriptedHandler(async (stream, _) => await stream.WriteAsync($"{stream.GetExtraInfo("subprotocol", "none")}\n"))));

        await using var client = await StreamClient.ConnectWebSocketAsync(app.Uri(), new StreamClientOptions
        {
            ConfigureWebSocket = static socket =>
            {
                socket.AddSubProtocol("lines.v3");
                socket.AddSubProtocol("lines.v2");
            },
        }).Within();
        await using var plain = await app.ConnectAsync();

        Assert.Equal("lines.v2", client.GetExtraInfo("subprotocol"));
        Assert.Equal("lines.v2", await client.HearLineAsync());
        Assert.Null(plain.GetExtraInfo("subprotocol"));
        Assert.Equal("none", await plain.HearLineAsync());
    }

    [Fact]
    public async Task A_page_of_a_foreign_origin_is_refused_where_the_application_names_its_own()
    {
        await using var app = await WebApp.StartAsync(static app =>
        {
            app.UseWebSockets(new WebSocketOptions { AllowedOrigins = { "https://example.com" } });
            app.MapStreamHandler<EchoHandler>("/stream");
        });

        var refused = await Assert.ThrowsAsync<StreamConnectException>(() => ConnectFromAsync("https://example.org"));
        Assert.Contains("403 Forbidden", refused.Message, StringComparison.Ordinal);
        await using var client = await ConnectFromAsync("https://example.com");
        await client.HearsItselfAsync();

        Task<ConnectionStream> ConnectFromAsync(string origin) => StreamClient.ConnectWebSocketAsync(
            app.Uri(), new StreamClientOptions { ConfigureWebSocket = socket => socket.SetRequestHeader("Origin", origin) }).Within();
    }

    [Fact]
    public async Task Options_of_the_handler_are_those_of_its_streams()
    {
        await using var app = await WebApp.StartAsync(static app => app.MapStreamHandler<SmallHandler>("/stream"));
        await using var client = await app.ConnectAsync();

        Assert.Equal("limit 100", await client.HearLineAsync());
    }

    [Fact]
    public async Task Missing_arguments_are_named()
    {
        await using var app = await WebApp.StartAsync(static app =>
        {
            Assert.Equal("pattern", Assert.Throws<ArgumentNullException>(() => app.MapStreamHandler<EchoHandler>(null!)).ParamName);
            Assert.Equal(
                "endpoints",
                Assert.Throws<ArgumentNullException>(() => StreamHandlerEndpointExtensions.MapStreamHandler<EchoHandler>(null!, "/")).ParamName);
        });
    }

    private static async Task<ClientWebSocket> ConnectAsync(WebApp app)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(app.Uri(), CancellationToken.None).Within();
        return client;
    }

    private static Task SendAsync(ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).Within();

    private static async Task<string> HearAsync(ClientWebSocket client, int count)
    {
        var data = new byte[count];
        for (var have = 0; have < count;)
        {
            var received = await client.ReceiveAsync(data.AsMemory(have), CancellationToken.None).Within();
            Assert.Equal(WebSocketMessageType.Binary, received.MessageType);
            have += received.Count;
        }

        return Encoding.UTF8.GetString(data);
    }

    private static async Task SeesCloseAsync(ClientWebSocket client, WebSocketCloseStatus status)
    {
        var received = await client.ReceiveAsync(new byte[10].AsMemory(), CancellationToken.None).Within();
        // The end of the last message may come alone.
        if (received.MessageType == WebSocketMessageType.Binary && received.Count == 0)
            received = await client.ReceiveAsync(new byte[10].AsMemory(), CancellationToken.None).Within();
        Assert.Equal(WebSocketMessageType.Close, received.MessageType);
        Assert.Equal(status, client.CloseStatus);
    }

    private sealed class SmallHandler() : StreamHandler(new ConnectionStreamOptions { Limit = 100 })
    {
        protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping) =>
            await stream.WriteAsync($"limit {stream.Limit}\n", stopping);
    }
}
