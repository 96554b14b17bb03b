using System.Net;
using System.Net.Security;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Our server behind haproxy: what it is told of the clients.</summary>
public sealed class HaProxyTests(Certificates certificates)
{
    private static readonly IPAddress _client = new([127, 1, 2, 3]);

    [Theory]
    [InlineData("send-proxy", 1, Network.Tcp)]
    [InlineData("send-proxy", 1, Network.Unix)]
    [InlineData("send-proxy-v2", 2, Network.Tcp)]
    [InlineData("send-proxy-v2", 2, Network.Unix)]
    [InlineData("send-proxy-v2 proxy-v2-options crc32c,unique-id", 2, Network.Tcp)]
    public async Task A_handler_knows_its_client(string setting, int version, Network network)
    {
        using var behind = new Place(network);
        await using var server = await StartAsync(behind, AnswerAsync);
        await new HaProxy("", $"{AddressOf(behind, server)} {setting}").RunAsync(Network.Tcp, async (place, _) =>
        {
            await using var client = await ConnectAsync(place);
            await client.WriteAsync("hello\n").Within();

            Assert.Equal($"{version} {client.LocalEndPoint} {client.RemoteEndPoint} hello\n", await HearAsync(client));
        });
    }

    [Fact]
    public async Task The_TLS_of_a_client_that_haproxy_has_ended_is_told()
    {
        using var behind = new Place(Network.Tcp);
        var told = new TaskCompletionSource<ProxyHeader>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(behind, stream =>
        {
            told.TrySetResult((ProxyHeader)stream.GetExtraInfo("proxy")!);
            return AnswerAsync(stream);
        });
        var bind = $"ssl crt {certificates.ServerFile} ca-file {certificates.AuthorityFile} verify optional alpn lines,h2";
        var setting = "send-proxy-v2-ssl-cn proxy-v2-options ssl-cipher,cert-sig,cert-key,authority,crc32c,unique-id";
        await new HaProxy(bind, $"{AddressOf(behind, server)} {setting}").RunAsync(Network.Tcp, async (place, _) =>
        {
            await using var client = await ConnectAsync(place, new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = TestCertificates.TrustAuthority,
                ClientCertificates = [certificates.Client],
                ApplicationProtocols = [new SslApplicationProtocol("lines")],
            });
            await client.WriteAsync("hello\n").Within();
            Assert.Equal($"2 {client.LocalEndPoint} {client.RemoteEndPoint} hello\n", await HearAsync(client));

            var header = await told.Task.Within();
            Assert.Equal("localhost", header.Authority);
            Assert.Equal("lines", header.Alpn);
            Assert.Equal($"{client.LocalEndPoint}", Encoding.ASCII.GetString(header.UniqueId!.Value.Span));
            var tls = Assert.IsType<ProxyClientTls>(header.Tls);
            Assert.True(tls is { IsTls: true, HasCertificate: true, HasCertificateOnConnection: true, IsVerified: true, VerifyResult: 0 });
            Assert.Equal(("a client", "TLSv1.3"), (tls.CommonName, tls.Version));
            Assert.StartsWith("TLS_", tls.Cipher, StringComparison.Ordinal);
            Assert.Equal("EC256", tls.KeyAlgorithm);
            Assert.Contains("SHA256", tls.SignatureAlgorithm, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_not_a_verified_one()
    {
        using var behind = new Place(Network.Tcp);
        var told = new TaskCompletionSource<ProxyHeader>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(behind, stream =>
        {
            told.TrySetResult((ProxyHeader)stream.GetExtraInfo("proxy")!);
            return AnswerAsync(stream);
        });
        await new HaProxy($"ssl crt {certificates.ServerFile}", $"{AddressOf(behind, server)} send-proxy-v2-ssl").RunAsync(Network.Tcp, async (place, _) =>
        {
            await using var client = await ConnectAsync(place, new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority });
            await client.WriteAsync("hello\n").Within();
            await HearAsync(client);

            Assert.True((await told.Task.Within()).Tls is { IsTls: true, HasCertificate: false, IsVerified: false, CommonName: null });
        });
    }

    [Fact]
    public async Task TLS_to_us_goes_through_haproxy_behind_the_header()
    {
        using var behind = new Place(Network.Tcp);
        await using var server = await StartAsync(behind, AnswerAsync, new SslServerAuthenticationOptions { ServerCertificate = certificates.Server });
        await new HaProxy("", $"{AddressOf(behind, server)} send-proxy-v2").RunAsync(Network.Tcp, async (place, _) =>
        {
            await using var client = await ConnectAsync(place, new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority });
            await client.WriteAsync("hello\n").Within();

            Assert.Equal($"2 {client.LocalEndPoint} {client.RemoteEndPoint} hello\n", await HearAsync(client));
        });
    }

    [Fact]
    public async Task A_health_check_is_a_connection_of_haproxy_itself()
    {
        using var behind = new Place(Network.Tcp);
        var check = new TaskCompletionSource<(ProxyHeader Header, EndPoint? Peer)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(behind, stream =>
        {
            var header = (ProxyHeader)stream.GetExtraInfo("proxy")!;
            if (header.Command == ProxyCommand.Local) check.TrySetResult((header, stream.RemoteEndPoint));
            return AnswerAsync(stream);
        });
        await new HaProxy("", $"{AddressOf(behind, server)} send-proxy-v2 check check-send-proxy inter 100ms").RunAsync(Network.Tcp, async (place, _) =>
        {
            var (header, peer) = await check.Task.Within();

            Assert.Null(header.SourceEndPoint);
            Assert.Equal(IPAddress.Loopback, Assert.IsType<IPEndPoint>(peer).Address);
            await using var client = await ConnectAsync(place);
            await client.WriteAsync("hello\n").Within();
            Assert.Equal($"2 {client.LocalEndPoint} {client.RemoteEndPoint} hello\n", await HearAsync(client));
        });
    }

    private static async Task<StreamServerBase> StartAsync(Place place, Func<ConnectionStream, Task> serve, SslServerAuthenticationOptions? tls = null)
    {
        var options = new StreamServerOptions { ProxyProtocol = new ProxyProtocolOptions(), Tls = tls };
        StreamServerBase server = place.Network == Network.Unix ? new UnixStreamServer(serve, place.Path, options) : new StreamServer(serve, "127.0.0.1", 0, options);
        await server.StartServingAsync().Within();
        return server;
    }

    private static string AddressOf(Place place, StreamServerBase server) => place.Network == Network.Unix ? $"unix@{place.Path}" : $"{server.EndPoints[0]}";

    private static async Task AnswerAsync(ConnectionStream stream)
    {
        var version = ((ProxyHeader)stream.GetExtraInfo("proxy")!).Version;
        while (await stream.ReadLineAsync(Encoding.UTF8) is { } line)
            await stream.WriteAsync($"{version} {stream.RemoteEndPoint} {stream.LocalEndPoint} {line}\n");
    }

    private static Task<ConnectionStream> ConnectAsync(Place place, SslClientAuthenticationOptions? tls = null) => StreamClient.ConnectAsync(
        new IPEndPoint(IPAddress.Loopback, place.Port), new StreamClientOptions { LocalEndPoint = new IPEndPoint(_client, 0), Tls = tls }).Within();

    private static async Task<string> HearAsync(ConnectionStream client) => Encoding.UTF8.GetString(await client.ReadLineAsync().Within());
}
