using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>asyncio.connect, parameter by parameter.</summary>
public class ConnectTests
{
    [Fact]
    public async Task Connect()
    {
        await using var server = await Meeting.EchoServerAsync();
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port()).Within();
        Assert.Equal(StreamMode.ReadWrite, stream.Mode);
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_host_and_port()
    {
        await using var server = await Meeting.EchoServerAsync("localhost");
        await using var byName = await StreamClient.ConnectAsync("localhost", server.Port()).Within();
        await byName.HearsItselfAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => StreamClient.ConnectAsync("", 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => StreamClient.ConnectAsync("localhost", 0));
    }

    [Fact]
    public async Task Connect_limit()
    {
        await using var server = await Meeting.EchoServerAsync();
        await using var usual = await StreamClient.ConnectAsync("127.0.0.1", server.Port()).Within();
        Assert.Equal(65536, usual.Limit);
        await using var small = await StreamClient.ConnectAsync("127.0.0.1", server.Port(), new StreamClientOptions { Limit = 4 }).Within();
        await small.WriteAsync("12345\n").Within();
        await Assert.ThrowsAsync<LimitOverrunException>(() => small.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Connect_ssl()
    {
        await using var server = await Meeting.EchoServerAsync("localhost", new StreamServerOptions { Tls = Meeting.ServerTls });
        await using var stream = await StreamClient.ConnectAsync("localhost", server.Port(), new StreamClientOptions { Tls = Meeting.ClientTls }).Within();
        Assert.True(stream.Tls!.IsEncrypted);
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_family()
    {
        await using var server = await Meeting.EchoServerAsync("::1");
        var options = new StreamClientOptions { AddressFamily = AddressFamily.InterNetworkV6 };
        await using var stream = await StreamClient.ConnectAsync("::1", server.Port(), options).Within();
        Assert.Equal(AddressFamily.InterNetworkV6, stream.Socket!.AddressFamily);
        options.AddressFamily = AddressFamily.InterNetwork;
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("::1", server.Port(), options).Within());
    }

    /// <summary>There is one protocol for a stream socket, and nothing to choose.</summary>
    [Fact]
    public async Task Connect_proto()
    {
        await using var server = await Meeting.EchoServerAsync();
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port()).Within();
        Assert.Equal(ProtocolType.Tcp, stream.Socket!.ProtocolType);
    }

    /// <summary>Of the flags of getaddrinfo one matters: an address is never looked up.</summary>
    [Fact]
    public async Task Connect_flags()
    {
        await using var server = await Meeting.EchoServerAsync();
        var options = new StreamClientOptions { ResolveCallback = (host, _) => throw new UnreachableException($"{host} was looked up.") };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port(), options).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_sock()
    {
        await using var server = await Meeting.EchoServerAsync();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<ArgumentException>(() => StreamClient.ConnectAsync(socket));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port()).Within();
        await using var stream = await StreamClient.ConnectAsync(socket).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_local_addr()
    {
        await using var server = await Meeting.EchoServerAsync();
        var options = new StreamClientOptions { LocalEndPoint = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0) };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port(), options).Within();
        Assert.Equal("127.0.0.2", ((IPEndPoint)stream.LocalEndPoint!).Address.ToString());
    }

    [Fact]
    public async Task Connect_server_hostname()
    {
        await using var server = await Meeting.EchoServerAsync("127.0.0.1", new StreamServerOptions { Tls = Meeting.ServerTls });
        var options = new StreamClientOptions { Tls = Meeting.ClientTls, ServerHostname = "localhost" };
        await using var stream = await StreamClient.ConnectAsync("127.0.0.1", server.Port(), options).Within();
        await stream.HearsItselfAsync();
        options.ServerHostname = "elsewhere.example";
        await Assert.ThrowsAsync<AuthenticationException>(() => StreamClient.ConnectAsync("127.0.0.1", server.Port(), options).Within());
        await Assert.ThrowsAsync<ArgumentException>(() => StreamClient.ConnectAsync("127.0.0.1", server.Port(), new StreamClientOptions { ServerHostname = "x" }));
    }

    [Fact]
    public async Task Connect_ssl_handshake_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new StreamClientOptions { Tls = Meeting.ClientTls, ServerHostname = "localhost", HandshakeTimeout = TimeSpan.FromMilliseconds(100) };
        var late = await Assert.ThrowsAsync<IOException>(() => StreamClient.ConnectAsync(silent.LocalEndpoint, options).Within());
        Assert.Contains("longer than 0.1 seconds", late.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.HandshakeTimeout = TimeSpan.Zero);
        await Assert.ThrowsAsync<ArgumentException>(
            () => StreamClient.ConnectAsync(silent.LocalEndpoint, new StreamClientOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public async Task Connect_happy_eyeballs_delay()
    {
        // The first address does not answer, because its queue is full: the second is tried beside it and wins.
        using var full = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        full.Listen(0);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        using var filler = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(full.LocalEndPoint).Within();
        // The same port, where the system picks none for another test.
        var answering = IPAddress.Parse("127.0.1.2");
        await using var server = new StreamServer(Meeting.EchoAsync, answering.ToString(), port);
        await server.StartServingAsync().Within();
        var options = new StreamClientOptions
        {
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            HappyEyeballsDelay = TimeSpan.FromMilliseconds(10),
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.IPv6Loopback, answering]),
        };
        await using var stream = await StreamClient.ConnectAsync("two.example", port, options).Within();
        Assert.Equal(answering, ((IPEndPoint)stream.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Connect_interleave()
    {
        var options = new StreamClientOptions
        {
            Interleave = 1,
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>(
                [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.IPv6Loopback]),
        };
        using var bound = new Socket(SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.IPv6Any, 0)); // bound for both families, and not listening: everybody is refused
        var refused = await Assert.ThrowsAsync<StreamConnectException>(
            () => StreamClient.ConnectAsync("three.example", ((IPEndPoint)bound.LocalEndPoint!).Port, options).Within());
        Assert.Equal(["127.0.0.2", "::1", "127.0.0.3"], refused.Attempts.Select(attempt => ((IPEndPoint)attempt.EndPoint).Address.ToString()));
    }

    [Fact]
    public async Task Connect_async_with()
    {
        var (stream, peer) = await Meeting.ConnectAsync();
        using (peer)
        {
            await using (stream) await stream.WriteAsync("x");
            Assert.True(stream.IsClosing);
            Assert.Equal("x", await peer.HearAsync(100));
        }
    }
}
