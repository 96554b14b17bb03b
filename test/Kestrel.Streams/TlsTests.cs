using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kestrel.Streams.Tests;

public class TlsTests
{
    private readonly LogCapture _log = new();

    public static TheoryData<bool> TcpAndUnix => AnyServer.TcpAndUnix;

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_server_speaks_TLS_with_every_peer(bool unix)
    {
        await using var server = Server(unix);
        await server.StartServingAsync().Within();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            await using var client = await server.ConnectTlsAsync();
            await client.HearsItselfAsync();
            await client.CloseAsync().Within();
        })).Within();
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task The_handler_knows_the_session()
    {
        var heard = new Signal<(bool Server, SslApplicationProtocol Protocol, string? Name, SslProtocols Version)>();
        var options = Options();
        options.Tls!.ApplicationProtocols = [new SslApplicationProtocol("my-protocol/1")];
        options.Tls.EnabledSslProtocols = SslProtocols.Tls12;
        await using var server = AnyServer.Of(
            unix: false,
            (stream, _) =>
            {
                heard.Set((stream.Tls!.IsServer, stream.Tls.NegotiatedApplicationProtocol, stream.Tls.TargetHostName, stream.Tls.SslProtocol));
                return Task.CompletedTask;
            },
            options);
        await server.StartServingAsync().Within();
        var clientOptions = TlsTalk.ClientOptions();
        clientOptions.ApplicationProtocols = [new SslApplicationProtocol("other"), new SslApplicationProtocol("my-protocol/1")];
        await using var client = await server.ConnectTlsAsync(clientOptions);

        Assert.Equal((true, new SslApplicationProtocol("my-protocol/1"), "localhost", SslProtocols.Tls12), await heard.Task.Within());
    }

    [Fact]
    public async Task The_certificate_may_be_chosen_by_the_name_that_the_client_asks_for()
    {
        using var other = DevelopmentCertificate.Create("other.example");
        var options = Options();
        options.Tls = new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) => name == "other.example" ? other : TestCertificates.Server,
        };
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();

        foreach (var (name, certificate) in new[] { ("localhost", TestCertificates.Server), ("other.example", other) })
        {
            var clientOptions = TlsTalk.ClientOptions();
            clientOptions.TargetHost = name;
            clientOptions.CertificateChainPolicy!.CustomTrustStore.Add(other);
            await using var client = await server.ConnectTlsAsync(clientOptions);
            Assert.Equal(certificate.Thumbprint, ((X509Certificate2)client.GetExtraInfo("peercert")!).Thumbprint);
            await client.HearsItselfAsync();
        }
    }

    [Fact]
    public async Task A_client_certificate_may_be_asked_for()
    {
        var subject = new Signal<string?>();
        var options = Options();
        options.Tls!.ClientCertificateRequired = true;
        options.Tls.CertificateChainPolicy = TestCertificates.TrustAuthority;
        await using var server = AnyServer.Of(
            unix: false,
            (stream, _) =>
            {
                subject.Set((stream.GetExtraInfo("peercert") as X509Certificate)?.Subject);
                return Talk.EchoAsync(stream);
            },
            options);
        await server.StartServingAsync().Within();

        var known = TlsTalk.ClientOptions();
        known.ClientCertificates = [TestCertificates.Client];
        await using var client = await server.ConnectTlsAsync(known);
        await client.HearsItselfAsync();
        Assert.Equal("CN=a client", await subject.Task.Within());

        // Under TLS 1.3 the client may believe that all is well until it hears of it.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var unknown = await server.ConnectTlsAsync();
            await unknown.HearsItselfAsync();
        });
        await _log.HandshakeFailureAsync();
    }

    [Fact]
    public async Task The_options_are_read_when_the_server_is_made()
    {
        var options = Options();
        await using var server = Server(options: options);
        options.Tls!.ServerCertificate = null;
        options.Tls = null;
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectTlsAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public void Options_that_cannot_be_meant_are_refused()
    {
        var noCertificate = Assert.Throws<ArgumentException>(() => Server(options: new StreamServerOptions { Tls = new SslServerAuthenticationOptions() }));
        Assert.StartsWith("Tls has no certificate: ", noCertificate.Message, StringComparison.Ordinal);

        using var withoutKey = X509CertificateLoader.LoadCertificate(TestCertificates.Server.Export(X509ContentType.Cert));
        var noKey = Assert.Throws<ArgumentException>(() => Server(
            options: new StreamServerOptions { Tls = new SslServerAuthenticationOptions { ServerCertificate = withoutKey } }));
        Assert.Contains("no private key", noKey.Message, StringComparison.Ordinal);

        var noTls = Assert.Throws<ArgumentException>(() => Server(options: new StreamServerOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) }));
        Assert.StartsWith("HandshakeTimeout is set and Tls is not", noTls.Message, StringComparison.Ordinal);

        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamServerOptions { HandshakeTimeout = TimeSpan.Zero });
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Every_option_of_NET_is_taken_over()
    {
        var options = Options();
        var tls = options.Tls!;
        // Each has a value that is not its default, so that one that is forgotten shows.
        tls.AllowRenegotiation = tls.ClientCertificateRequired = true;
        tls.AllowTlsResume = tls.AllowRsaPkcs1Padding = tls.AllowRsaPssPadding = false;
        tls.ApplicationProtocols = [new SslApplicationProtocol("a")];
        tls.CertificateChainPolicy = TestCertificates.TrustAuthority;
        tls.CertificateRevocationCheckMode = X509RevocationMode.Offline;
        tls.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256]);
        tls.EnabledSslProtocols = SslProtocols.Tls13;
        tls.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None;
        tls.ServerCertificateSelectionCallback = (_, _) => TestCertificates.Server;
        tls.ServerCertificateContext = SslStreamCertificateContext.Create(TestCertificates.Server, null, offline: true);
        var fresh = new SslServerAuthenticationOptions();

        var copy = ServerTls.Of(options)!.Options;

        foreach (var property in typeof(SslServerAuthenticationOptions).GetProperties())
        {
            var (given, taken) = (property.GetValue(tls), property.GetValue(copy));
            if (property.Name == nameof(tls.ApplicationProtocols)) Assert.Equal(tls.ApplicationProtocols, copy.ApplicationProtocols);
            else if (property.Name == nameof(tls.CertificateChainPolicy)) Assert.Equal(tls.CertificateChainPolicy.TrustMode, copy.CertificateChainPolicy!.TrustMode);
            else Assert.True(Equals(given, taken), $"{property.Name} is {taken}, not {given}.");
            if (property.Name is not nameof(tls.EncryptionPolicy)) Assert.False(Equals(given, property.GetValue(fresh)), $"{property.Name} needs a value here that is not its default.");
        }
    }

    [Fact]
    public async Task A_development_certificate_is_for_this_machine()
    {
        using var certificate = DevelopmentCertificate.Create();
        Assert.True(certificate.HasPrivateKey);
        foreach (var name in new[] { "localhost", "127.0.0.1", "::1" }) Assert.True(certificate.MatchesHostname(name), name);
        Assert.False(certificate.MatchesHostname("elsewhere.example"));
        Assert.Throws<ArgumentException>(() => DevelopmentCertificate.Create(""));

        var options = Options();
        options.Tls!.ServerCertificate = certificate;
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();
        var clientOptions = TlsTalk.ClientOptions();
        clientOptions.CertificateChainPolicy!.CustomTrustStore.Add(certificate);
        await using var client = await server.ConnectTlsAsync(clientOptions);
        await client.HearsItselfAsync();
    }

    [Theory]
    [InlineData("PEM")]
    [InlineData("PFX")]
    [InlineData("context")]
    public async Task A_certificate_may_come_from_files_or_as_a_context(string form)
    {
        using var directory = new TempDirectory();
        using var key = TestCertificates.Server.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(directory["cert.pem"], TestCertificates.Server.ExportCertificatePem());
        await File.WriteAllTextAsync(directory["key.pem"], key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllBytesAsync(directory["both.pfx"], TestCertificates.Server.Export(X509ContentType.Pfx, "secret"));
        using var certificate = form == "PFX"
            ? X509CertificateLoader.LoadPkcs12FromFile(directory["both.pfx"], "secret")
            : X509Certificate2.CreateFromPemFile(directory["cert.pem"], directory["key.pem"]);
        var options = Options();
        options.Tls = form == "context"
            ? new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [TestCertificates.Authority], offline: true) }
            : new SslServerAuthenticationOptions { ServerCertificate = certificate };
        await using var server = Server(options: options);
        await server.StartServingAsync().Within();

        await using var client = await server.ConnectTlsAsync();

        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task The_session_works_over_the_pipes_that_a_middleware_works_with()
    {
        // The bytes go through the pipes then; the session lies over them.
        var (one, other) = ConnectionStream.CreatePair();
        await using var client = one;
        await using var server = ConnectionStream.Create(StreamTransport.FromPipe(new StreamPipes(other)));
        await Task.WhenAll(client.StartTlsAsync(TlsTalk.ClientOptions()).AsTask(), server.StartTlsAsync(Options().Tls!).AsTask()).Within();
        await client.WriteAsync("hello\n");
        Assert.Equal("hello", await server.ReadLineAsync(Encoding.UTF8).Within());
    }

    private StreamServerBase Server(bool unix = false, StreamServerOptions? options = null) =>
        AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), options ?? Options());

    private StreamServerOptions Options() => TlsTalk.ServerOptions(_log);
}
