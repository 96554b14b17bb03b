using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The class StreamServer, parameter by parameter and method by method.</summary>
public class StreamServerTests
{
    [Fact]
    public async Task Client_connected_cb_as_a_coroutine_function()
    {
        await using var server = new StreamServer(stream => stream.WriteAsync("hello").AsTask(), "127.0.0.1");
        await server.StartServingAsync().Within();
        Assert.Equal("hello", await HearAllAsync(server));
    }

    [Fact]
    public async Task Client_connected_cb_as_a_plain_callable()
    {
        var connected = new TaskCompletionSource<ConnectionStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = StreamServer.FromCallback(connected.SetResult, "127.0.0.1");
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await using var stream = await connected.Task.Within();
        await stream.WriteAsync("still open\n").Within();
        Assert.Equal("still open\n", (await client.ReadLineAsync().Within()).Text());
    }

    [Fact]
    public async Task Host_and_port()
    {
        await using var first = await Meeting.EchoServerAsync("127.0.0.1");
        Assert.NotEqual(0, first.Port());
        await using var taken = new StreamServer(Meeting.EchoAsync, "127.0.0.1", first.Port());
        await Assert.ThrowsAsync<IOException>(() => taken.BindAsync().Within());
        await using var everywhere = new StreamServer(Meeting.EchoAsync);
        await everywhere.BindAsync().Within();
        Assert.Equal([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], everywhere.EndPoints.Select(endPoint => endPoint.AddressFamily).Order());
    }

    [Fact]
    public async Task Host_as_a_sequence()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, options: new StreamServerOptions { Hosts = { "127.0.0.1", "127.0.0.2" } });
        await server.StartServingAsync().Within();
        Assert.Equal(2, server.Sockets.Count);
        foreach (var endPoint in server.EndPoints)
        {
            await using var stream = await StreamClient.ConnectAsync(endPoint).Within();
            await stream.HearsItselfAsync();
        }
    }

    [Fact]
    public async Task Limit()
    {
        var told = new TaskCompletionSource<int>();
        await using var server = new StreamServer(
            stream =>
            {
                told.SetResult(stream.Limit);
                return Task.CompletedTask;
            },
            "127.0.0.1",
            options: new StreamServerOptions { Limit = 5 });
        await server.StartServingAsync().Within();
        await HearAllAsync(server);
        Assert.Equal(5, await told.Task.Within());
    }

    [Fact]
    public async Task Family()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, options: new StreamServerOptions { AddressFamily = AddressFamily.InterNetworkV6 });
        await server.BindAsync().Within();
        Assert.Equal(AddressFamily.InterNetworkV6, Assert.Single(server.Sockets).AddressFamily);
    }

    /// <summary>AI_PASSIVE is what no host means.</summary>
    [Fact]
    public async Task Flags()
    {
        await using var server = new StreamServer(Meeting.EchoAsync);
        await server.BindAsync().Within();
        Assert.Contains(IPAddress.Any, server.EndPoints.Select(endPoint => ((IPEndPoint)endPoint).Address));
    }

    [Fact]
    public async Task Sock()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new StreamServer(Meeting.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();
        await using var stream = await StreamClient.ConnectAsync(socket.LocalEndPoint!).Within();
        await stream.HearsItselfAsync();
        Assert.Throws<ArgumentException>(() => new StreamServer(Meeting.EchoAsync, "127.0.0.1", options: new StreamServerOptions { Socket = socket }));
    }

    [Fact]
    public async Task Backlog()
    {
        Assert.Equal(100, new StreamServerOptions().Backlog);
        await using var server = await Meeting.EchoServerAsync(options: new StreamServerOptions { Backlog = 10 });
        await using var stream = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Ssl()
    {
        await using var server = await Meeting.EchoServerAsync(options: new StreamServerOptions { Tls = Meeting.ServerTls });
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port(), new StreamClientOptions { Tls = Meeting.ClientTls }).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Ssl_handshake_timeout()
    {
        var options = new StreamServerOptions { Tls = Meeting.ServerTls, HandshakeTimeout = TimeSpan.FromMilliseconds(100) };
        await using var server = await Meeting.EchoServerAsync(options: options);
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The time may be over before it knows that it is connected.
            await silent.ConnectAsync(server.EndPoints[0]).Within();
            await silent.ReceiveAsync(new byte[1]).Within();
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Reuse_address()
    {
        // Where the system picks ports for no other test.
        const string quiet = "127.0.1.1";
        await using var server = await Meeting.EchoServerAsync(quiet, new StreamServerOptions { ReuseAddress = true });
        var port = server.Port();
        await using (var stream = await StreamClient.ConnectAsync(server.EndPoints[0]).Within()) await stream.HearsItselfAsync();
        await server.CloseAsync().Within();
        await using var next = new StreamServer(Meeting.EchoAsync, quiet, port, new StreamServerOptions { ReuseAddress = true });
        await next.BindAsync().Within();
    }

    [Fact]
    public async Task Reuse_port()
    {
        await using var one = await Meeting.EchoServerAsync(options: new StreamServerOptions { ReusePort = true });
        await using var other = new StreamServer(Meeting.EchoAsync, "127.0.0.1", one.Port(), new StreamServerOptions { ReusePort = true });
        await other.StartServingAsync().Within();
        await using var stream = await StreamClient.ConnectAsync(other.EndPoints[0]).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Shutdown_timeout()
    {
        Assert.Equal(TimeSpan.FromSeconds(60), new StreamServerOptions().ShutdownTimeout);
        var entered = new TaskCompletionSource();
        var server = new StreamServer(
            async stream =>
            {
                entered.SetResult();
                await stream.WaitClosedAsync(); // heeds no stop, only the abort behind it
            },
            "127.0.0.1",
            options: new StreamServerOptions { ShutdownTimeout = TimeSpan.FromMilliseconds(100) });
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await entered.Task.Within();
        await server.CloseAsync().Within();
        await Assert.ThrowsAsync<IOException>(() => client.ReadAsync().Within());
    }

    [Fact]
    public async Task Start_serving_and_is_serving()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, "127.0.0.1");
        Assert.False(server.IsServing);
        await server.StartServingAsync().Within();
        await server.StartServingAsync().Within();
        Assert.True(server.IsServing);
    }

    [Fact]
    public async Task Serve_forever()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, "127.0.0.1");
        await server.BindAsync().Within();
        using var enough = new CancellationTokenSource();
        var serving = server.ServeForeverAsync(enough.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ServeForeverAsync().Within());
        await enough.CancelAsync();
        await serving.Within();
        Assert.False(server.IsServing);
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Bind_and_is_bound()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, "127.0.0.1");
        for (var round = 0; round < 2; round++)
        {
            Assert.False(server.IsBound);
            await server.BindAsync().Within();
            Assert.True(server.IsBound);
            await server.CloseAsync().Within();
        }
    }

    [Fact]
    public async Task Abort()
    {
        await using var server = await Meeting.EchoServerAsync();
        await using var stream = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await stream.HearsItselfAsync();
        await server.AbortAsync().Within();
        await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync().Within());
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Close()
    {
        await using var server = await Meeting.EchoServerAsync();
        await using var stream = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await stream.HearsItselfAsync();
        await server.CloseAsync().Within();
        await server.CloseAsync().Within();
        Assert.Empty(await stream.ReadAsync().Within());
    }

    [Fact]
    public async Task Sockets()
    {
        await using var server = new StreamServer(Meeting.EchoAsync, "127.0.0.1");
        Assert.Empty(server.Sockets);
        await server.BindAsync().Within();
        Assert.Equal(server.EndPoints[0], Assert.Single(server.Sockets).LocalEndPoint);
    }

    [Fact]
    public async Task Async_with()
    {
        StreamServer server;
        await using (server = await Meeting.EchoServerAsync()) Assert.True(server.IsServing);
        Assert.False(server.IsBound);
    }

    private static async Task<string> HearAllAsync(StreamServer server)
    {
        await using var client = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        return (await client.ReadAsync().Within()).Text();
    }
}
