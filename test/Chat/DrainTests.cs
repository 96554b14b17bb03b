using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Kestrel.Streams.Tests;

public class DrainTests
{
    private const string Farewell = "* This node is drained. Connect again, and another one takes you.";

    private static readonly Way[] _ways = [Way.Tcp, Way.Tls, Way.Unix, Way.WebSocket];

    [Fact]
    public async Task A_drained_node_is_not_ready_tells_its_users_takes_no_more_and_serves_again()
    {
        await using var host = await SampleHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, "/ready"));
        var users = new List<ChatPeer>();
        foreach (var way in _ways)
            users.Add(await ChatPeer.EnterAsync(host, way: way));

        Assert.Equal(HttpStatusCode.Accepted, await StatusAsync(host, HttpMethod.Post, "/drain"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(host, HttpMethod.Get, "/ready"));
        foreach (var user in users)
        {
            Assert.Equal(Farewell, await user.LastAsync());
            await user.DisposeAsync();
        }

        var figures = await ChatFigures.UntilAsync(host, static figures => figures.State == "drained");
        Assert.All(figures.Connections.Values, static count => Assert.Equal(0, count));
        await Assert.ThrowsAsync<SocketException>(() => ChatPeer.ConnectAsync(host, Way.Tcp));
        await using (var late = await ChatPeer.ConnectAsync(host, Way.WebSocket))
            Assert.Equal(Farewell, await late.LastAsync());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Post, "/serve"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, "/ready"));
        foreach (var way in _ways.Where(static way => way is Way.Unix or Way.WebSocket))
            await (await ChatPeer.EnterAsync(host, $"back.{way}", way)).DisposeAsync();
    }

    [Fact]
    public async Task The_page_of_another_origin_may_neither_drain_nor_chat()
    {
        await using var host = await SampleHost.StartAsync();
        foreach (var path in new[] { "/drain", "/serve" })
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(host, HttpMethod.Post, path, "http://evil.example"));
        await Assert.ThrowsAsync<WebSocketException>(() => ChatPeer.OpenWebSocketAsync(host, "http://evil.example"));

        var own = host.Page.BaseAddress!.GetLeftPart(UriPartial.Authority);
        await (await ChatPeer.OpenWebSocketAsync(host, own)).DisposeAsync();
        Assert.Equal("serving", (await ChatFigures.OfAsync(host)).State);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("Host", "evil.example", HttpStatusCode.BadRequest)]
    public async Task Only_who_is_at_this_machine_may_drain(string header, string value, HttpStatusCode refusal)
    {
        await using var host = await SampleHost.StartAsync();
        foreach (var path in new[] { "/drain", "/serve" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Headers = { { header, value } } };
            using var response = await host.Page.SendAsync(request).Within();
            Assert.Equal(refusal, response.StatusCode);
        }

        Assert.Equal("serving", (await ChatFigures.OfAsync(host)).State);
    }

    [Fact]
    public async Task A_name_that_is_allowed_may_chat_and_not_drain()
    {
        await using var host = await SampleHost.StartAsync("--AllowedHosts", "chat.example");
        foreach (var (method, path, status) in new[] { (HttpMethod.Get, "/figures", HttpStatusCode.OK), (HttpMethod.Post, "/drain", HttpStatusCode.Forbidden) })
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Headers = { { "Host", "chat.example" } } };
            using var response = await host.Page.SendAsync(request).Within();
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task The_stop_of_the_host_is_told_to_all_but_WebSockets_which_the_web_server_cuts()
    {
        await using var host = await SampleHost.StartAsync();
        var users = new List<ChatPeer>();
        foreach (var way in _ways)
            users.Add(await ChatPeer.EnterAsync(host, way: way));

        await host.Process.SignalAsync("TERM");

        foreach (var user in users.SkipLast(1))
        {
            Assert.Equal("* The server stops. Come back.", await user.LastAsync());
            await user.DisposeAsync();
        }

        try
        {
            await users[^1].LastAsync();
        }
        catch (WebSocketException)
        {
            // It is cut, and not closed.
        }

        await users[^1].DisposeAsync();
        Assert.Equal((0, ""), await host.Process.ExitAsync());
    }

    private static async Task<HttpStatusCode> StatusAsync(SampleHost host, HttpMethod method, string path, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (origin is not null) request.Headers.Add("Origin", origin);
        using var answer = await host.Page.SendAsync(request).Within();
        return answer.StatusCode;
    }
}
