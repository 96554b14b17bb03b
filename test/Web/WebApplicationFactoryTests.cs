using System.Net.WebSockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What the users of a web application's own test kit do: authorization, on a real Kestrel, and in memory.</summary>
public class WebApplicationFactoryTests
{
    [Fact]
    public async Task A_user_who_may_reaches_the_handler_by_name()
    {
        await using var factory = new WebFactory();
        await using var client = await ConnectAsync(factory, "Name alice").Within();

        Assert.Equal("hello alice", await client.HearLineAsync());
        await client.HearsItselfAsync();
    }

    [Theory]
    [InlineData(null, "401 Unauthorized")]
    [InlineData("Guest bob", "403 Forbidden")]
    public async Task A_user_who_may_not_is_refused_before_the_handler(string? authorization, string status)
    {
        await using var factory = new WebFactory();

        var refused = await Assert.ThrowsAsync<StreamConnectException>(() => ConnectAsync(factory, authorization).Within());

        Assert.Contains(status, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_on_the_test_server_in_memory()
    {
        await using var factory = new WebFactory();
        using var client = await factory.Server.CreateWebSocketClient().ConnectAsync(new Uri("ws://localhost/open"), CancellationToken.None).Within();
        var buffer = new byte[100];

        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).Within();
        var received = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Within();
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    private static Task<ConnectionStream> ConnectAsync(WebFactory factory, string? authorization)
    {
        factory.UseKestrel(0);
        factory.StartServer();
        return StreamClient.ConnectWebSocketAsync(new Uri(factory.ClientOptions.BaseAddress, "/stream"), new StreamClientOptions
        {
            ConfigureWebSocket = socket => socket.SetRequestHeader("Authorization", authorization),
        });
    }
}
