using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Descriptors that a server is to listen on. Those that are taken over are never closed, so that their numbers stay theirs for the whole
/// test run, as those of a parent do.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class InheritedSocketTests
{
    private static readonly List<Socket> _parents = [];

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task A_socket_serves_whether_it_listens_or_not_again_and_again_and_keeps_who_comes_between(bool unix, bool listens)
    {
        using var directory = new TempDirectory();
        var socket = Bound(unix ? new UnixDomainSocketEndPoint(directory["s"]) : new IPEndPoint(IPAddress.Loopback, 0));
        if (listens) socket.Listen(7);
        for (var round = 0; round < 20; round++)
        {
            using var host = await StartAsync(NumberOf(socket));
            var server = Server(host);
            Assert.Equal(socket.LocalEndPoint, Assert.Single(server.EndPoints));
            await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
            await host.StopAsync().Within();

            // Nobody accepts now, and the next server of the round does.
            await using var between = await StreamClient.ConnectAsync(socket.LocalEndPoint!).Within();
            await between.WriteAsync("between\n").Within();
            using var next = await StartAsync(NumberOf(socket));
            Assert.Equal("between\n", await between.HearLineAsync());
            await next.StopAsync().Within();
        }
    }

    [Fact]
    public async Task How_many_may_wait_at_a_socket_that_listens_already_stays_its_parent_s_matter()
    {
        using var directory = new TempDirectory();
        var socket = Bound(new UnixDomainSocketEndPoint(directory["s"]));
        socket.Listen(2);
        using var host = await StartAsync(NumberOf(socket));
        await host.StopAsync().Within();

        var clients = new List<Socket>();
        try
        {
            SocketError error;
            do
            {
                var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
                clients.Add(client);
                error = TryConnect(client, socket.LocalEndPoint!);
            }
            while (error == SocketError.Success && clients.Count < 50);

            // One more than it says may wait, and the next one is refused.
            Assert.Equal(4, clients.Count);
            Assert.Equal(SocketError.WouldBlock, error);
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }
    }

    [Fact]
    public async Task The_programs_that_this_one_starts_do_not_get_it()
    {
        var socket = Bound(new IPEndPoint(IPAddress.Loopback, 0));
        var number = NumberOf(socket);
        // As it is when it comes from a parent.
        Assert.Equal(0, ListenerLibc.Fcntl(number, ListenerLibc.F_SETFD, 0));

        using var host = await StartAsync(number);

        Assert.Equal(ListenerLibc.FD_CLOEXEC, ListenerLibc.Fcntl(number, ListenerLibc.F_GETFD, 0));
        await host.StopAsync().Within();
    }

    [Fact]
    public async Task Two_servers_cannot_have_one()
    {
        var number = NumberOf(Bound(new IPEndPoint(IPAddress.Loopback, 0)));
        using var host = await StartAsync(number);

        await RefusedAsync(number, $"another server of this process listens on descriptor {number}: give each a socket of its own.");
        await host.StopAsync().Within();
    }

    [Fact]
    public async Task A_filter_of_Unix_peers_is_no_use_on_TCP()
    {
        var number = NumberOf(Bound(new IPEndPoint(IPAddress.Loopback, 0)));

        await RefusedAsync(
            number, $"descriptor {number} is a TCP socket, and AllowPeer knows only the peers of Unix sockets; set it at the endpoints that are Unix sockets.",
            static endpoint => endpoint.AllowPeer = static _ => true);
    }

    [Fact]
    public async Task A_filter_of_Unix_peers_chooses_on_a_Unix_socket()
    {
        using var directory = new TempDirectory();
        using var host = await StartAsync(NumberOf(Bound(new UnixDomainSocketEndPoint(directory["s"]))), static endpoint => endpoint.AllowPeer = static _ => false);
        await using var client = await Server(host).ConnectAsync();

        await client.IsOverAsync();
        await host.StopAsync().Within();
    }

    [Fact]
    public async Task A_descriptor_that_is_not_open_is_told()
    {
        const int Nobodys = 987_654;
        await RefusedAsync(Nobodys, $"descriptor {Nobodys} is not open; have the parent pass a listening socket under this number.");
    }

    [Fact]
    public async Task A_file_is_no_socket()
    {
        using var file = File.OpenHandle("/dev/null");
        var number = (int)file.DangerousGetHandle();

        await RefusedAsync(number, $"descriptor {number} is no socket; have the parent pass a listening stream socket, TCP or Unix.");
    }

    [Fact]
    public async Task A_datagram_socket_a_connected_one_and_one_that_is_not_bound_are_told()
    {
        using var datagram = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagram.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await UnfitAsync(datagram, "a socket of type Dgram");

        using var listener = Bound(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var connected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await connected.ConnectAsync(listener.LocalEndPoint!).Within();
        await UnfitAsync(connected, "a socket that is connected");

        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await UnfitAsync(tcp, "a socket that is not bound");

        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await UnfitAsync(unix, "a socket that is not bound");

        static Task UnfitAsync(Socket socket, string what) =>
            RefusedAsync(NumberOf(socket), $"descriptor {NumberOf(socket)} is {what}; have the parent pass a listening stream socket, TCP or Unix.");
    }

    private static StreamServerBase Server(IHost host) => host.Services.GetRequiredKeyedService<StreamServerBase>("echo");

    private static int NumberOf(Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();

    private static Socket Bound(EndPoint endPoint)
    {
        var socket = endPoint is IPEndPoint
            ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(endPoint);
        lock (_parents) _parents.Add(socket);
        return socket;
    }

    private static SocketError TryConnect(Socket socket, EndPoint endPoint)
    {
        try
        {
            socket.Connect(endPoint);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private static IHost Host(int descriptor, Action<StreamEndpointOptions>? configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddStreamServer("echo", options => options.Listen($"fd:{descriptor}", configure), static (stream, _) => Talk.EchoAsync(stream));
        return builder.Build();
    }

    private static async Task<IHost> StartAsync(int descriptor, Action<StreamEndpointOptions>? configure = null)
    {
        var host = Host(descriptor, configure);
        await host.StartAsync().Within();
        return host;
    }

    private static async Task RefusedAsync(int descriptor, string why, Action<StreamEndpointOptions>? configure = null)
    {
        using var host = Host(descriptor, configure);
        var error = await Assert.ThrowsAnyAsync<IOException>(() => host.StartAsync().Within());
        Assert.EndsWith($"Cannot listen on fd:{descriptor}: {why}", error.Message, StringComparison.Ordinal);
    }
}
