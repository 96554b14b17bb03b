using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>connect_unix, parameter by parameter.</summary>
public class ConnectUnixTests
{
    [Fact]
    public async Task Connect_unix()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath()).Within();
        Assert.Equal(StreamMode.ReadWrite, stream.Mode);
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_unix_limit()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath(), new StreamClientOptions { Limit = 9 }).Within();
        Assert.Equal(9, stream.Limit);
    }

    [Fact]
    public async Task Connect_unix_ssl_and_server_hostname()
    {
        await using var server = await Meeting.UnixEchoServerAsync(new StreamServerOptions { Tls = Meeting.ServerTls });
        await Assert.ThrowsAsync<ArgumentException>(
            () => StreamClient.ConnectUnixAsync(server.SocketPath(), new StreamClientOptions { Tls = Meeting.ClientTls }));
        var options = new StreamClientOptions { Tls = Meeting.ClientTls, ServerHostname = "localhost" };
        await using var stream = await StreamClient.ConnectUnixAsync(server.SocketPath(), options).Within();
        await stream.HearsItselfAsync();
    }

    [Fact]
    public async Task Connect_unix_ssl_handshake_timeout()
    {
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var name = "\0ks-" + Guid.NewGuid().ToString("N");
        silent.Bind(new UnixDomainSocketEndPoint(name));
        silent.Listen();
        var options = new StreamClientOptions { Tls = Meeting.ClientTls, ServerHostname = "localhost", HandshakeTimeout = TimeSpan.FromMilliseconds(100) };
        await Assert.ThrowsAsync<IOException>(() => StreamClient.ConnectUnixAsync(name, options).Within());
    }

    [Fact]
    public async Task Connect_unix_sock()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(server.EndPoints[0]).Within();
        await using var stream = await StreamClient.ConnectAsync(socket).Within();
        await stream.HearsItselfAsync();
    }
}
