using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Bad arguments are told when the server is made, by the name of the parameter.</summary>
public class ArgumentTests
{
    [Fact]
    public void No_callback()
    {
        Assert.Throws<ArgumentNullException>("clientConnected", () => new StreamServer((Func<ConnectionStream, Task>)null!));
        Assert.Throws<ArgumentNullException>("clientConnected", () => new StreamServer((Func<ConnectionStream, CancellationToken, Task>)null!));
        Assert.Throws<ArgumentNullException>("clientConnected", () => StreamServer.FromCallback(null!));
        Assert.Throws<ArgumentNullException>("clientConnected", () => new UnixStreamServer((Func<ConnectionStream, Task>)null!, "s"));
        Assert.Throws<ArgumentNullException>("clientConnected", () => new UnixStreamServer((Func<ConnectionStream, CancellationToken, Task>)null!, "s"));
        Assert.Throws<ArgumentNullException>("clientConnected", () => UnixStreamServer.FromCallback(null!, "s"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void A_port_out_of_range(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(port), () => new StreamServer(Talk.EchoAsync, "127.0.0.1", port));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void An_empty_host(string host) =>
        Assert.Throws<ArgumentException>(nameof(host), () => new StreamServer(Talk.EchoAsync, host));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void An_empty_host_among_several(string? host) =>
        Assert.Throws<ArgumentException>("options", () => Tcp(new StreamServerOptions { Hosts = { "127.0.0.1", host! } }));

    [Fact]
    public void A_host_as_well_as_several() =>
        Assert.Throws<ArgumentException>("host", () => Tcp(new StreamServerOptions { Hosts = { "127.0.0.1" } }, "::1"));

    [Theory]
    [InlineData(AddressFamily.Unix)]
    [InlineData(AddressFamily.AppleTalk)]
    public void A_family_that_is_not_of_the_internet(AddressFamily family) =>
        Assert.Throws<ArgumentException>("options", () => Tcp(new StreamServerOptions { AddressFamily = family }));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_limit_or_a_backlog_of_zero_or_below(int value)
    {
        Assert.Throws<ArgumentOutOfRangeException>("Limit", () => new StreamServerOptions { Limit = value });
        Assert.Throws<ArgumentOutOfRangeException>("Backlog", () => new StreamServerOptions { Backlog = value });
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-1000)]
    [InlineData(uint.MaxValue)]
    public void A_shutdown_timeout_that_no_timer_can_count(long milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            "ShutdownTimeout", () => new StreamServerOptions { ShutdownTimeout = TimeSpan.FromMilliseconds(milliseconds) });

    [Fact]
    public void A_socket_as_well_as_a_host_or_a_port()
    {
        using var socket = Bound();
        var options = new StreamServerOptions { Socket = socket };

        Assert.Throws<ArgumentException>("options", () => Tcp(options, "127.0.0.1"));
        Assert.Throws<ArgumentException>("options", () => new StreamServer(Talk.EchoAsync, null, 8888, options));
        Assert.Throws<ArgumentException>("options", () => Tcp(new StreamServerOptions { Socket = socket, Hosts = { "::1" } }));
        Assert.False(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public void A_socket_that_is_not_bound()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        RefusesSocket(socket, "not bound");
    }

    [Fact]
    public void A_datagram_socket()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        RefusesSocket(socket, "Dgram");
    }

    [Fact]
    public async Task A_connected_socket()
    {
        using var listener = Bound();
        listener.Listen();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!).Within();

        RefusesSocket(socket, "connected");
    }

    [Fact]
    public void A_closed_socket()
    {
        var socket = Bound();
        socket.Dispose();

        var error = Assert.Throws<ArgumentException>("options", () => Tcp(new StreamServerOptions { Socket = socket }));
        Assert.Contains("closed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_of_another_family()
    {
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unix.Bind(new UnixDomainSocketEndPoint("\0ks-" + Guid.NewGuid().ToString("N")));
        using var tcp = Bound();

        RefusesSocket(unix, "Unix");
        Assert.Throws<ArgumentException>("options", () => new UnixStreamServer(Talk.EchoAsync, null, new StreamServerOptions { Socket = tcp }));
    }

    [Fact]
    public void No_path()
    {
        Assert.Throws<ArgumentNullException>("path", () => new UnixStreamServer(Talk.EchoAsync));
        Assert.Throws<ArgumentException>("path", () => new UnixStreamServer(Talk.EchoAsync, ""));
    }

    [Fact]
    public void A_path_that_is_too_long()
    {
        const int Longest = 107; // Linux
        var path = "/" + new string('x', Longest);

        var error = Assert.Throws<ArgumentException>("path", () => new UnixStreamServer(Talk.EchoAsync, path));

        Assert.Contains("too long", error.Message, StringComparison.Ordinal);
        Assert.NotNull(new UnixStreamServer(Talk.EchoAsync, path[..Longest]));
        // What counts is bytes.
        Assert.Throws<ArgumentException>("path", () => new UnixStreamServer(Talk.EchoAsync, "/" + new string('ä', 60)));
    }

    [Fact]
    public void A_path_with_a_NUL_in_the_middle() =>
        Assert.Throws<ArgumentException>("path", () => new UnixStreamServer(Talk.EchoAsync, "/tmp/a\0b"));

    [Fact]
    public void A_path_as_well_as_a_socket()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint("\0ks-" + Guid.NewGuid().ToString("N")));

        Assert.Throws<ArgumentException>("path", () => new UnixStreamServer(Talk.EchoAsync, "s", new StreamServerOptions { Socket = socket }));
        Assert.False(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public void Hosts_families_and_ports_for_a_path()
    {
        Assert.Throws<ArgumentException>("options", () => Unix(new StreamServerOptions { Hosts = { "127.0.0.1" } }));
        Assert.Throws<ArgumentException>("options", () => Unix(new StreamServerOptions { AddressFamily = AddressFamily.InterNetwork }));
        Assert.Throws<ArgumentException>("options", () => Unix(new StreamServerOptions { ReusePort = true }));
    }

    [Fact]
    public async Task A_handler_that_is_given_no_connection() =>
        await Assert.ThrowsAsync<ArgumentNullException>("connection", () => new StreamServer(Talk.EchoAsync).OnConnectedAsync(null!));

    private static StreamServer Tcp(StreamServerOptions options, string? host = null) => new(Talk.EchoAsync, host, 0, options);

    private static UnixStreamServer Unix(StreamServerOptions options) => new(Talk.EchoAsync, "s", options);

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static void RefusesSocket(Socket socket, string why)
    {
        var error = Assert.Throws<ArgumentException>("options", () => Tcp(new StreamServerOptions { Socket = socket }));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.False(socket.SafeHandle.IsClosed);
    }
}
