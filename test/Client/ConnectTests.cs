using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::1%1", "::1")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    public async Task Connects_to_a_host_and_port(string host, string address)
    {
        using var listener = Listener.Tcp(IPAddress.Parse(address));
        await using var stream = await StreamClient.ConnectAsync(host, listener.Port).Within();
        await listener.TalkAsync(stream);
    }

    public static TheoryData<string, Func<int, EndPoint>> EndPoints => new()
    {
        { "127.0.0.1", port => new IPEndPoint(IPAddress.Loopback, port) },
        { "::1", port => new IPEndPoint(IPAddress.IPv6Loopback, port) },
        { "127.0.0.1", port => new IPEndPoint(IPAddress.Loopback.MapToIPv6(), port) },
        { "127.0.0.1", port => new DnsEndPoint("localhost", port) },
        { "127.0.0.1", port => new DnsEndPoint("localhost", port, AddressFamily.InterNetwork) },
        { "::1", port => new DnsEndPoint("::1", port) },
    };

    [Theory]
    [MemberData(nameof(EndPoints), DisableDiscoveryEnumeration = true)]
    public async Task Connects_to_an_end_point(string address, Func<int, EndPoint> endPoint)
    {
        using var listener = Listener.Tcp(IPAddress.Parse(address));
        await using var stream = await StreamClient.ConnectAsync(endPoint(listener.Port)).Within();
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task The_stream_knows_both_ends_and_that_it_is_the_client()
    {
        using var listener = Listener.Tcp();
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port).Within();
        using var peer = await listener.AcceptAsync();

        Assert.Equal(listener.EndPoint, stream.RemoteEndPoint);
        Assert.Equal(peer.RemoteEndPoint, stream.LocalEndPoint);
        Assert.False(stream.IsServerSide);
        Assert.Equal(StreamMode.ReadWrite, stream.Mode);
    }

    [Fact]
    public async Task Closing_the_stream_closes_the_connection()
    {
        using var listener = Listener.Tcp();
        var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port).Within();
        using var peer = await listener.AcceptAsync();

        await stream.DisposeAsync().Within();

        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task The_limit_is_65536_unless_set()
    {
        using var listener = Listener.Tcp();
        await using var usual = await StreamClient.ConnectAsync("127.0.0.1", listener.Port).Within();
        await using var small = await StreamClient.ConnectAsync("127.0.0.1", listener.Port, new StreamClientOptions { Limit = 3 }).Within();

        Assert.Equal(65536, usual.Limit);
        Assert.Equal(3, small.Limit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NoDelay_is_set_on_the_socket(bool noDelay)
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { NoDelay = noDelay };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port, options).Within();

        Assert.Equal(noDelay, stream.Socket!.NoDelay);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(90.0, 90)]
    [InlineData(0.2, 1)]
    public async Task KeepAlive_is_set_on_the_socket_in_whole_seconds(double? seconds, int idle)
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { KeepAlive = seconds is { } value ? TimeSpan.FromSeconds(value) : null };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port, options).Within();

        var socket = stream.Socket!;
        Assert.Equal(seconds is null ? 0 : 1, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        if (seconds is not null)
            Assert.Equal(idle, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
    }

    [Fact]
    public async Task LocalEndPoint_is_bound_first()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { LocalEndPoint = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0) };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", listener.Port, options).Within();
        using var peer = await listener.AcceptAsync();

        Assert.Equal(IPAddress.Parse("127.0.0.2"), ((IPEndPoint)peer.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_LocalEndPoint_that_is_in_use_is_named()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { LocalEndPoint = listener.EndPoint };

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("127.0.0.1", listener.Port, options)).Within();

        Assert.Equal(
            $"Could not connect to 127.0.0.1:{listener.Port}: LocalEndPoint 127.0.0.1:{listener.Port} could not be bound: Address already in use.", error.Message);
    }

    [Fact]
    public async Task A_socket_that_would_connect_with_itself_is_refused()
    {
        int port;
        var address = IPAddress.Parse("127.0.0.9"); // nobody else's, so that nobody takes the port
        using (var free = Listener.Refusing(address))
            port = free.Port;
        var options = new StreamClientOptions { LocalEndPoint = new IPEndPoint(address, port) };

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("127.0.0.9", port, options)).Within();

        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }
}
