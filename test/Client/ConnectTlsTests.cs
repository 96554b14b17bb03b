using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>TLS over every way to connect, with the BCL's server at the other end.</summary>
[Collection(Descriptors.TakeTurns)]
public class ConnectTlsTests
{
    public static TheoryData<string, Func<int, StreamClientOptions, Task<ConnectionStream>>> RightNames => new()
    {
        { "127.0.0.1", (port, options) => StreamClient.ConnectAsync("localhost", port, options) },
        { "127.0.0.1", (port, options) => StreamClient.ConnectAsync(new DnsEndPoint("localhost", port), options) },
        { "127.0.0.1", (port, options) => StreamClient.ConnectAsync("127.0.0.1", port, options) },
        { "127.0.0.1", (port, options) => StreamClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), options) },
        { "::1", (port, options) => StreamClient.ConnectAsync("::1", port, options) },
        { "::1", (port, options) => StreamClient.ConnectAsync("::1%1", port, options) },
        { "::1", (port, options) => StreamClient.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, port), options) },
    };

    [Theory]
    [MemberData(nameof(RightNames), DisableDiscoveryEnumeration = true)]
    public async Task The_certificate_has_to_be_for_the_host(string address, Func<int, StreamClientOptions, Task<ConnectionStream>> connect)
    {
        using var listener = Listener.Tcp(IPAddress.Parse(address));
        var connecting = connect(listener.Port, Trusting());
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();

        await server.TalkAsync(stream);
        Assert.False(stream.IsServerSide);
        Assert.Equal(listener.EndPoint, stream.RemoteEndPoint);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_wrong_host_name_is_refused(SslProtocols version)
    {
        using var listener = Listener.Tcp();
        var options = Trusting();
        options.Tls!.EnabledSslProtocols = version;

        await AssertRefusedAsync(StreamClient.ConnectAsync("printer", listener.Port, options), listener);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_certificate_of_nobody_known_is_refused(SslProtocols version)
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { Tls = new() { EnabledSslProtocols = version } };

        await AssertRefusedAsync(StreamClient.ConnectAsync("127.0.0.1", listener.Port, options), listener);
    }

    [Theory]
    [InlineData("127.0.0.1", null, null, "")] // an address is no name to tell the server
    [InlineData("printer", null, null, "printer")]
    [InlineData("printer", "target", null, "target")]
    [InlineData("printer", "target", "server", "server")]
    [InlineData("printer", null, "server", "server")]
    public async Task The_server_is_told_ServerHostname_before_TargetHost_before_the_host(
        string host, string? targetHost, string? serverHostname, string told)
    {
        using var listener = Listener.Tcp();
        var options = Trusting();
        options.ServerHostname = serverHostname;
        options.Tls!.TargetHost = targetHost;
        options.Tls!.RemoteCertificateValidationCallback = (_, shown, _, _) => TestCertificates.Server.Equals(shown);
        string? seen = null;
        var connecting = StreamClient.ConnectAsync(host, listener.Port, options);
        await using var server = await listener.AcceptTlsAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                seen = name;
                return TestCertificates.Server;
            },
        });
        await using var stream = await connecting.Within();

        Assert.Equal(told, seen ?? "");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_a_Unix_socket_the_name_is_ServerHostname_or_TargetHost(bool serverHostname)
    {
        var path = Listener.NewPath();
        using var listener = Listener.Unix(path);
        var connecting = StreamClient.ConnectUnixAsync(path, Naming("localhost", serverHostname));
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);

        await AssertRefusedAsync(StreamClient.ConnectAsync(listener.EndPoint, Naming("printer", serverHostname)), listener);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_a_connected_socket_the_name_is_ServerHostname_or_TargetHost(bool serverHostname)
    {
        using var listener = Listener.Tcp();
        var connecting = StreamClient.ConnectAsync(listener.Connect(), Naming("localhost", serverHostname));
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);

        var socket = listener.Connect();
        await AssertRefusedAsync(StreamClient.ConnectAsync(socket, Naming("printer", serverHostname)), listener);
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Over_the_socket_of_ConnectCallback()
    {
        using var listener = Listener.Tcp();
        var options = Trusting();
        options.ConnectCallback = (_, _) => ValueTask.FromResult(listener.Connect());
        var connecting = StreamClient.ConnectAsync("localhost", 1, options);
        await using var server = await listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();

        await server.TalkAsync(stream);
    }

    [Fact]
    public async Task With_the_winner_of_the_race_and_nobody_else()
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Tcp);
        var options = Trusting();
        options.ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback, IPAddress.IPv6Loopback]);
        var connecting = StreamClient.ConnectAsync("localhost", host.Port, options);
        await using var server = await host.Six.AcceptTlsAsync();
        await using var stream = await connecting.Within();

        await server.TalkAsync(stream);
        Assert.Equal(0, KernelSockets.HalfOpenTo(host.Port));
    }

    [Fact]
    public async Task The_options_are_not_modified_and_serve_many_connects()
    {
        using var listener = Listener.Tcp();
        var options = Trusting();
        var tls = options.Tls!;
        foreach (var host in (string[])["localhost", "127.0.0.1"])
        {
            var connecting = StreamClient.ConnectAsync(host, listener.Port, options);
            await using var server = await listener.AcceptTlsAsync();
            await using var stream = await connecting.Within();
            await server.TalkAsync(stream);
        }

        Assert.Same(tls, options.Tls);
        Assert.Null(tls.TargetHost);
    }

    [Fact]
    public async Task The_two_agree_on_a_protocol_by_ALPN()
    {
        using var listener = Listener.Tcp();
        var options = Trusting();
        options.Tls!.ApplicationProtocols = [new("talk/2"), new("talk/1")];
        var connecting = StreamClient.ConnectAsync("localhost", listener.Port, options);
        await using var server = await listener.AcceptTlsAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = TestCertificates.Server,
            ApplicationProtocols = [new("talk/1")],
        });
        await using var stream = await connecting.Within();

        Assert.Equal(new SslApplicationProtocol("talk/1"), server.NegotiatedApplicationProtocol);
        Assert.Equal(new SslApplicationProtocol("talk/1"), stream.Tls!.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task The_server_gets_the_certificate_of_the_client()
    {
        using var listener = Listener.Tcp();
        var own = TestCertificates.Client;
        X509Certificate? shown = null;
        var options = Trusting();
        options.Tls!.ClientCertificates = [own];
        var connecting = StreamClient.ConnectAsync("localhost", listener.Port, options);
        await using var server = await listener.AcceptTlsAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = TestCertificates.Server,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown = certificate;
                return own.Equals(certificate);
            },
        });
        await using var stream = await connecting.Within();

        Assert.Equal(own.Subject, shown?.Subject);
        await server.TalkAsync(stream);
    }

    private static StreamClientOptions Trusting() => new()
    {
        Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority },
        ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]),
    };

    private static StreamClientOptions Naming(string name, bool serverHostname)
    {
        var options = Trusting();
        if (serverHostname)
            options.ServerHostname = name;
        else
            options.Tls!.TargetHost = name;
        return options;
    }

    private static async Task AssertRefusedAsync(Task<ConnectionStream> connecting, Listener listener)
    {
        var serving = ServeUntilRefusedAsync(listener);

        await Assert.ThrowsAsync<AuthenticationException>(() => connecting).Within();

        await serving.Within();
    }

    private static async Task ServeUntilRefusedAsync(Listener listener)
    {
        using var peer = await listener.AcceptAsync();
        await using var server = new SslStream(new NetworkStream(peer));
        // Over TLS 1.3 the server is done before it is refused.
        await server.AuthenticateAsServerAsync(TestCertificates.Server).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await TlsServer.AssertGoneAsync(peer);
    }
}
