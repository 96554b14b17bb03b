using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ServingTests
{
    [Fact]
    public async Task Serving_binds_first()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");

        await server.StartServingAsync().Within();

        Assert.True(server.IsBound);
        Assert.True(server.IsServing);
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task Starting_again_does_nothing()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await server.StartServingAsync().Within();
        var socket = server.Sockets[0];
        await using var client = await server.ConnectAsync();

        await server.StartServingAsync().Within();

        Assert.Same(socket, Assert.Single(server.Sockets));
        await client.HearsItselfAsync();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_hundred_peers_are_served_at_once(bool unix)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), new StreamServerOptions());
        await server.StartServingAsync().Within();
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.ConnectAsync()));

        // Nobody is done before all are connected and have been heard.
        await Task.WhenAll(clients.Select((client, i) => client.HearsItselfAsync($"peer {i}")));

        await Task.WhenAll(clients.Select(client => client.CloseAsync().Within()));
    }

    [Fact]
    public async Task The_stream_knows_both_ends_its_side_and_its_limit()
    {
        var connected = new Signal<ConnectionStream>();
        var release = new Signal();
        await using var server = new StreamServer(
            stream =>
            {
                connected.Set(stream);
                return release.Task;
            },
            "127.0.0.1",
            options: new StreamServerOptions { Limit = 123 });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        var stream = await connected.Task.Within();

        Assert.Equal(client.LocalEndPoint, stream.RemoteEndPoint);
        Assert.Equal(client.RemoteEndPoint, stream.LocalEndPoint);
        Assert.Equal(server.EndPoints[0], stream.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, stream.GetExtraInfo("peername"));
        Assert.True(stream.IsServerSide);
        Assert.Equal(123, stream.Limit);
        Assert.True(stream.CanWriteEof);
        Assert.True(stream.Socket!.NoDelay);
        release.Set();
    }

    [Fact]
    public async Task Every_connection_has_a_name_of_its_own()
    {
        var names = new ConcurrentDictionary<string, bool>();
        await using var server = new StreamServer(
            async stream =>
            {
                names[stream.Id] = true;
                await Talk.EchoAsync(stream);
            },
            "127.0.0.1");
        await server.StartServingAsync().Within();

        for (var i = 0; i < 10; i++)
        {
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync();
        }

        Assert.Equal(10, names.Count);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task When_the_handler_returns_the_peer_has_everything_and_then_the_end(bool unix)
    {
        var answer = new string('x', 1 << 20);
        var served = new Signal<ConnectionStream>();
        await using var server = AnyServer.Of(
            unix,
            (stream, _) =>
            {
                served.Set(stream);
                // Unsent yet when the handler returns.
                stream.Write(System.Text.Encoding.UTF8.GetBytes(answer));
                return Task.CompletedTask;
            },
            new StreamServerOptions());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();

        Assert.Equal(answer, await client.HearAllAsync());

        var stream = await served.Task.Within();
        await stream.WaitClosedAsync().Within();
        Assert.True(stream.IsClosing);
    }

    [Fact]
    public async Task The_end_of_the_peers_output_does_not_end_the_answer()
    {
        await using var server = new StreamServer(
            async stream =>
            {
                var all = await stream.ReadToEndAsync();
                await stream.WriteAsync(all);
            },
            "127.0.0.1");
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();

        await client.WriteAsync("question").Within();
        await client.WriteEofAsync().Within();

        Assert.Equal("question", await client.HearAllAsync());
    }

    [Fact]
    public async Task A_peer_that_connects_and_leaves_disturbs_nobody()
    {
        var log = new LogCapture();
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: new StreamServerOptions { LoggerFactory = log.Factory });
        await server.StartServingAsync().Within();

        for (var i = 0; i < 50; i++)
        {
            using var hasty = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await hasty.ConnectAsync(server.EndPoints[0]).Within();
            if (i % 2 == 0) hasty.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();
        Assert.Empty(log.Complaints);
    }

    [Fact]
    public async Task A_closed_server_serves_again()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        for (var round = 0; round < 5; round++)
        {
            await server.StartServingAsync().Within();
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync();
            await server.CloseAsync().Within();
            Assert.Equal("", await client.HearAllAsync());
        }
    }

    [Fact]
    public async Task The_options_are_read_when_the_server_is_made()
    {
        var options = new StreamServerOptions { Limit = 10, Hosts = { "127.0.0.1" }, ShutdownTimeout = TimeSpan.FromSeconds(60) };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new StreamServer(Talk.EchoAsync, options: options);

        options.Hosts.Add("::1");
        options.Socket = socket;
        await server.BindAsync().Within();

        Assert.NotSame(socket, Assert.Single(server.Sockets));
    }
}
