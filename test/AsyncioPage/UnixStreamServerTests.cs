using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The class UnixStreamServer, parameter by parameter and method by method.</summary>
public class UnixStreamServerTests
{
    [Fact]
    public async Task Client_connected_cb_and_path()
    {
        var path = Meeting.NewPath();
        await using var server = new UnixStreamServer(stream => stream.WriteAsync("hello").AsTask(), path);
        await server.StartServingAsync().Within();
        Assert.True(File.Exists(path));
        await using var client = await StreamClient.ConnectUnixAsync(path).Within();
        Assert.Equal("hello", (await client.ReadAsync().Within()).Text());
    }

    [Fact]
    public async Task Limit()
    {
        var told = new TaskCompletionSource<int>();
        await using var server = UnixStreamServer.FromCallback(
            stream =>
            {
                told.SetResult(stream.Limit);
                stream.Abort();
            },
            Meeting.NewPath(),
            new StreamServerOptions { Limit = 5 });
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        Assert.Equal(5, await told.Task.Within());
    }

    [Fact]
    public async Task Sock()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint("\0ks-" + Guid.NewGuid().ToString("N")));
        await using var server = new UnixStreamServer(Meeting.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();
        await using var stream = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Backlog()
    {
        await using var server = await Meeting.UnixEchoServerAsync(new StreamServerOptions { Backlog = 10 });
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Ssl()
    {
        await using var server = await Meeting.UnixEchoServerAsync(new StreamServerOptions { Tls = Meeting.ServerTls });
        var options = new StreamClientOptions { Tls = Meeting.ClientTls, ServerHostname = "localhost" };
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath(), options).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Ssl_handshake_timeout()
    {
        var options = new StreamServerOptions { Tls = Meeting.ServerTls, HandshakeTimeout = TimeSpan.FromMilliseconds(100) };
        await using var server = await Meeting.UnixEchoServerAsync(options);
        await using var silent = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        Assert.Empty(await silent.ReadAsync().Within());
    }

    [Fact]
    public async Task Shutdown_timeout()
    {
        var entered = new TaskCompletionSource();
        var server = new UnixStreamServer(
            async stream =>
            {
                entered.SetResult();
                await stream.WaitClosedAsync(); // heeds no stop, only the abort behind it
            },
            Meeting.NewPath(),
            new StreamServerOptions { ShutdownTimeout = TimeSpan.FromMilliseconds(100) });
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        await entered.Task.Within();
        await server.CloseAsync().Within();
        Assert.Empty(await client.ReadAsync().Within());
    }

    [Fact]
    public async Task Bind_and_start_serving()
    {
        var path = Meeting.NewPath();
        await using var server = new UnixStreamServer(Meeting.EchoAsync, path);
        for (var round = 0; round < 2; round++)
        {
            Assert.False(server.IsBound);
            await server.BindAsync().Within();
            Assert.True(server.IsBound);
            Assert.False(server.IsServing);
            await server.StartServingAsync().Within();
            Assert.True(server.IsServing);
            await server.CloseAsync().Within();
            Assert.False(File.Exists(path));
        }
    }

    [Fact]
    public async Task Serve_forever()
    {
        await using var server = new UnixStreamServer(Meeting.EchoAsync, Meeting.NewPath());
        using var enough = new CancellationTokenSource();
        var serving = server.ServeForeverAsync(enough.Token);
        await enough.CancelAsync();
        await serving.Within();
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Abort_and_close()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        await stream.HearsItselfAsync();
        await server.AbortAsync().Within();
        Assert.Empty(await stream.ReadAsync().Within());
        await server.CloseAsync().Within();
    }

    [Fact]
    public async Task Sockets()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        Assert.Equal(server.EndPoints[0].ToString(), Assert.Single(server.Sockets).LocalEndPoint!.ToString());
        await server.CloseAsync().Within();
        Assert.Empty(server.Sockets);
    }
}
