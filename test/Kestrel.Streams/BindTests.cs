using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class BindTests
{
    // Where a port is free a moment later: the system picks ports for no other test.
    private const string Quiet = "127.0.1.1", AlsoQuiet = "127.0.1.2";

    [Fact]
    public void A_new_server_is_not_bound()
    {
        var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");

        Assert.False(server.IsBound);
        Assert.False(server.IsServing);
        Assert.Empty(server.Sockets);
        Assert.Empty(server.EndPoints);
    }

    [Fact]
    public async Task A_bound_server_knows_its_port_and_refuses_peers_until_it_serves()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await server.BindAsync().Within();

        Assert.True(server.IsBound);
        Assert.False(server.IsServing);
        Assert.Equal(server.EndPoints[0], Assert.Single(server.Sockets).LocalEndPoint);
        Assert.NotEqual(0, server.Port());
        await Talk.RefusesAsync(server.EndPoints[0]);

        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task Binding_again_does_nothing()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await server.BindAsync().Within();
        var socket = server.Sockets[0];

        await server.BindAsync().Within();

        Assert.Same(socket, Assert.Single(server.Sockets));
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_nothing_stays_bound()
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Parse(Quiet), 0));
        holder.Listen();
        var port = ((IPEndPoint)holder.LocalEndPoint!).Port;
        var options = new StreamServerOptions { Hosts = { AlsoQuiet, Quiet } };
        await using var server = new StreamServer(Talk.EchoAsync, null, port, options);

        var error = await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());

        Assert.StartsWith($"Cannot listen on {Quiet}:{port}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.False(server.IsBound);
        // The first address is free again: somebody else can listen there.
        await using var other = new StreamServer(Talk.EchoAsync, AlsoQuiet, port);
        await other.StartServingAsync().Within();
    }

    [Fact]
    public async Task Of_two_servers_on_one_port_the_second_is_refused_and_the_first_serves_on()
    {
        await using var first = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await first.BindAsync().Within();
        var port = first.Port();
        await using var second = new StreamServer(Talk.EchoAsync, "127.0.0.1", port);

        var error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            // The kernel may find the conflict only when both listen.
            await second.BindAsync().Within();
            await first.StartServingAsync().Within();
            await second.StartServingAsync().Within();
        });

        Assert.StartsWith($"Cannot listen on 127.0.0.1:{port}: ", error.Message, StringComparison.Ordinal);
        Assert.False(second.IsBound);
        Assert.False(second.IsServing);
        await first.StartServingAsync().Within();
        await using var client = await first.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task A_server_whose_start_failed_can_be_started_later()
    {
        await using var first = new StreamServer(Talk.EchoAsync, Quiet);
        await first.StartServingAsync().Within();
        await using var second = new StreamServer(Talk.EchoAsync, Quiet, first.Port());
        await Assert.ThrowsAsync<IOException>(() => second.StartServingAsync().Within());

        await first.CloseAsync().Within();
        await second.StartServingAsync().Within();

        await using var client = await second.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task A_cancelled_bind_binds_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");

        var bind = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.BindAsync(cancelled).Within());
        var start = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.StartServingAsync(cancelled).Within());

        Assert.Equal(cancelled, bind.CancellationToken);
        Assert.Equal(cancelled, start.CancellationToken);
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_named()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "203.0.113.9", 8888);

        var error = await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());

        Assert.StartsWith("Cannot listen on 203.0.113.9:8888: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.AddressNotAvailable, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task The_same_port_is_bound_and_closed_again_and_again()
    {
        await using var server = new StreamServer(Talk.EchoAsync, Quiet);
        await server.BindAsync().Within();
        await using var again = new StreamServer(Talk.EchoAsync, Quiet, server.Port());
        await server.CloseAsync().Within();

        for (var round = 0; round < 50; round++)
        {
            await again.BindAsync().Within();
            Assert.True(again.IsBound);
            await again.CloseAsync().Within();
            Assert.False(again.IsBound);
        }
    }

    [Fact]
    public async Task Closing_a_server_that_is_only_bound_frees_its_port()
    {
        var server = new StreamServer(Talk.EchoAsync, Quiet);
        await server.BindAsync().Within();
        var port = server.Port();
        var socket = server.Sockets[0];

        await server.CloseAsync().Within();

        Assert.True(socket.SafeHandle.IsClosed);
        Assert.Empty(server.Sockets);
        await using var next = new StreamServer(Talk.EchoAsync, Quiet, port);
        await next.StartServingAsync().Within();
    }
}
