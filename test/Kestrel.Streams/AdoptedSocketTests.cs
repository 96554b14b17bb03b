using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class AdoptedSocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bound_TCP_socket_is_served_whether_it_listens_or_not(bool listens)
    {
        var socket = BoundTcp();
        if (listens) socket.Listen();
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();

        Assert.Same(socket, Assert.Single(server.Sockets));
        Assert.Equal(socket.LocalEndPoint, server.EndPoints[0]);
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task A_dual_mode_socket_serves_both_families()
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();

        foreach (var host in (string[])["127.0.0.1", "::1"])
        {
            await using var client = await StreamClient.ConnectAsync(host, server.Port()).Within();
            await client.HearsItselfAsync();
        }
    }

    [Fact]
    public async Task A_bound_Unix_socket_is_served()
    {
        using var directory = new TempDirectory();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(directory["s"]));
        await using var server = new UnixStreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();

        await using var client = await StreamClient.ConnectUnixAsync(directory["s"]).Within();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task A_socket_that_came_as_a_handle_is_served()
    {
        using var first = BoundTcp();
        first.Listen();
        // As from a service manager: all that is known is the number of the file descriptor.
        var socket = new Socket(new SafeSocketHandle(first.SafeHandle.DangerousGetHandle(), ownsHandle: false));
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();

        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task The_socket_is_closed_with_the_server()
    {
        var socket = BoundTcp();
        var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();

        await server.CloseAsync().Within();

        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_socket_is_closed_with_a_server_that_was_never_bound(bool abort)
    {
        var socket = BoundTcp();
        var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });

        if (abort) await server.AbortAsync().Within();
        else await server.DisposeAsync().Within();

        Assert.True(socket.SafeHandle.IsClosed);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartServingAsync().Within());
    }

    [Fact]
    public async Task A_second_serving_says_that_the_socket_is_gone()
    {
        var socket = BoundTcp();
        var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Socket = socket });
        await server.StartServingAsync().Within();
        await server.CloseAsync().Within();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => server.BindAsync().Within());

        Assert.StartsWith("options.Socket was closed with the server", error.Message, StringComparison.Ordinal);
        Assert.False(server.IsBound);
    }

    private static Socket BoundTcp()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
