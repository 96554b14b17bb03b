using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", "tcp://localhost:{0}")]
    [InlineData("127.0.0.1", "tcp://127.0.0.1:{0}")]
    [InlineData("::1", "tcp://[::1]:{0}")]
    [InlineData("::1", "TCP://[::1%1]:{0}")]
    public async Task Tcp_connects_to_a_name_or_an_address(string address, string url)
    {
        using var listener = Listener.Tcp(IPAddress.Parse(address));
        await using var stream = await StreamClient.ConnectAsync(string.Format(url, listener.Port)).Within();
        await listener.TalkAsync(stream);
        Assert.Null(stream.Tls);
    }

    [Fact]
    public async Task Unix_connects_to_a_path_absolute_or_from_the_working_directory()
    {
        var path = Listener.NewPath();
        using var listener = Listener.Unix(path);
        foreach (var url in new[] { $"unix:{path}", $"unix://{path}", $"unix:{Path.GetRelativePath(Environment.CurrentDirectory, path)}" })
        {
            await using var stream = await StreamClient.ConnectAsync(url).Within();
            await listener.TalkAsync(stream);
        }
    }

    [Fact]
    public async Task Unix_connects_to_an_abstract_name()
    {
        var name = Path.GetRandomFileName();
        using var listener = Listener.Unix('\0' + name);
        await using var stream = await StreamClient.ConnectAsync($"unix:@{name}").Within();
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task Tls_is_TLS_with_the_platforms_options_where_none_are_set()
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync($"tls://localhost:{listener.Port}");

        _ = await Record.ExceptionAsync(() => listener.AcceptTlsAsync()); // with TLS 1.3 it may not know yet
        var refused = await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => connecting).Within();
        Assert.Contains("certificate", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls://localhost:{0}")]
    [InlineData("tcp://localhost:{0}")] // Tls that is set is never left out
    public async Task Tls_takes_the_options_that_are_set(string url)
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority } };
        var connecting = StreamClient.ConnectAsync(string.Format(url, listener.Port), options);
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
    }

    [Fact]
    public async Task Tls_takes_a_host_name_and_a_handshake_timeout_without_options_for_TLS()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { ServerHostname = "printer", HandshakeTimeout = TimeSpan.FromMilliseconds(50) };
        var connecting = StreamClient.ConnectAsync($"tls://127.0.0.1:{listener.Port}", options);
        using var silent = await listener.AcceptAsync();
        Assert.Contains("took longer than 0.05 seconds", (await Assert.ThrowsAsync<IOException>(() => connecting).Within()).Message, StringComparison.Ordinal);
        Assert.Null(options.Tls);
    }

    [Fact]
    public async Task TLS_over_a_Unix_socket_needs_a_name_to_check()
    {
        var path = Listener.NewPath();
        using var listener = Listener.Unix(path);
        var options = new StreamClientOptions { Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority } };
        var error = Assert.Throws<ArgumentException>("options", () => { _ = StreamClient.ConnectAsync($"unix:{path}", options); });
        Assert.StartsWith("Tls is set and there is no name to check the certificate for: set ServerHostname ", error.Message, StringComparison.Ordinal);

        options.ServerHostname = "localhost";
        var connecting = StreamClient.ConnectAsync($"unix:{path}", options);
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
    }

    [Theory]
    [InlineData("", "The address is '': it is empty, write tcp://host:port, ")]
    [InlineData("localhost", "The address is 'localhost': it has no scheme, write tcp://host:port, ")]
    [InlineData("tcp://localhost", "The address is 'tcp://localhost': it has no port, write tcp://localhost:port.")]
    [InlineData("tcp://localhost:0", "The address is 'tcp://localhost:0': its port is 0, a port to connect to is from 1 to 65535.")]
    [InlineData("tls://*:80", "The address is 'tls://*:80': it has no host but all interfaces, which only a server has, ")]
    [InlineData("fd:3", "The address is 'fd:3': a client cannot connect to that, write tcp://host:port, ")]
    [InlineData("systemd:mail", "The address is 'systemd:mail': a client cannot connect to that, write tcp://host:port, ")]
    public void An_address_that_no_client_can_use_is_refused_at_once(string address, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>("url", () => { _ = StreamClient.ConnectAsync(address); }).Message, StringComparison.Ordinal);

    [Fact]
    public void Null_is_refused_at_once() =>
        Assert.Throws<ArgumentNullException>("url", () => { _ = StreamClient.ConnectAsync((string)null!); });

    /// <summary>That this compiles is the test: a text alone is an address, and with a number it is a host.</summary>
    [Fact]
    public async Task Each_way_to_connect_is_one_call_and_no_other()
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions();
        var (url, port, token) = ($"tcp://127.0.0.1:{listener.Port}", listener.Port, TestContext.Current.CancellationToken);
        Task<ConnectionStream>[] all =
        [
            StreamClient.ConnectAsync(url),
            StreamClient.ConnectAsync(url, null),
            StreamClient.ConnectAsync(url, options),
            StreamClient.ConnectAsync(url, options, token),
            StreamClient.ConnectAsync(url, cancellationToken: token),
            StreamClient.ConnectAsync("127.0.0.1", port),
            StreamClient.ConnectAsync("127.0.0.1", port, null),
            StreamClient.ConnectAsync("127.0.0.1", port, options, token),
            StreamClient.ConnectAsync("127.0.0.1", port, cancellationToken: token),
        ];
        foreach (var stream in await Task.WhenAll(all).Within())
            await stream.DisposeAsync();
    }

    [Fact]
    public async Task A_failure_and_a_callback_tell_the_place_without_the_scheme()
    {
        using var nobody = Listener.Refusing();
        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync($"tcp://127.0.0.1:{nobody.Port}")).Within();
        Assert.Equal($"Could not connect to 127.0.0.1:{nobody.Port}: Connection refused.", error.Message);

        EndPoint? asked = null;
        var options = new StreamClientOptions
        {
            ConnectCallback = (context, _) =>
            {
                asked = context.EndPoint;
                throw new SocketException((int)SocketError.HostUnreachable);
            },
        };
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("tcp://printer:80", options)).Within();
        Assert.Equal(new DnsEndPoint("printer", 80), asked);
    }
}
