using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>What a message is marked with that is logged within a connection.</summary>
public class ScopeTests
{
    [Fact]
    public async Task What_a_handler_logs_tells_its_connection()
    {
        var log = new ScopedLog();
        var mine = log.Factory.CreateLogger("mine");
        await using var server = new StreamServer(
            async (stream, _) =>
            {
                mine.LogInformation("in the handler");
                await Talk.EchoAsync(stream);
            },
            "127.0.0.1", 0, new StreamServerOptions { Name = "mail", LoggerFactory = log.Factory });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();

        var scope = log.ScopeOf("in the handler");
        Assert.Equal("mail", scope["Server"]);
        Assert.Equal("StreamServer", scope["Endpoint"]);
        Assert.Equal(client.LocalEndPoint!.ToString(), scope["PeerAddress"]);
        Assert.Equal(client.RemoteEndPoint!.ToString(), scope["LocalAddress"]);
        Assert.NotNull(scope["ConnectionId"]);
    }

    [Fact]
    public async Task What_the_server_logs_of_a_connection_tells_it_too()
    {
        var log = new ScopedLog();
        await using var server = new StreamServer(
            (stream, _) => Talk.FailAsync(stream, new InvalidOperationException("broken")),
            "127.0.0.1", 0, new StreamServerOptions { Name = "mail", LoggerFactory = log.Factory });
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.ProvokeAsync();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal("mail", log.ScopeOf("The handler of connection")["Server"]);
    }
}
