using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

public sealed class ClientTlsSettingsTests : IDisposable
{
    private readonly Listener _listener = Listener.Tcp();
    private readonly CertificateFolder _folder = new();

    [Fact]
    public async Task CaFile_is_whom_to_trust()
    {
        var connecting = ConnectAsync($"Tls:CaFile={_folder.Authority()}");
        await using var server = await _listener.AcceptTlsAsync();
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
    }

    [Fact]
    public async Task CaFile_is_the_only_one_to_trust()
    {
        var connecting = ConnectAsync($"Tls:CaFile={_folder.Client().Certificate}");
        _ = await Record.ExceptionAsync(() => _listener.AcceptTlsAsync()); // with TLS 1.3 it may not know yet
        await Assert.ThrowsAsync<AuthenticationException>(() => connecting).Within();
    }

    [Fact]
    public async Task ServerHostname_is_the_name_that_counts()
    {
        var connecting = ConnectAsync($"Tls:CaFile={_folder.Authority()}", "ServerHostname=printer");
        _ = await Record.ExceptionAsync(() => _listener.AcceptTlsAsync()); // with TLS 1.3 it may not know yet
        await Assert.ThrowsAsync<AuthenticationException>(() => connecting).Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // both in one file
    public async Task CertificateFile_and_KeyFile_are_shown_to_the_server(bool together)
    {
        var (certificate, key) = _folder.Client();
        string[] own = together
            ? [$"Tls:CertificateFile={_folder.Write("both.pem", File.ReadAllText(certificate) + "\n" + File.ReadAllText(key))}"]
            : [$"Tls:CertificateFile={certificate}", $"Tls:KeyFile={key}"];
        var connecting = ConnectAsync([$"Tls:CaFile={_folder.Authority()}", .. own]);
        await using var server = await _listener.AcceptTlsAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = TestCertificates.Server,
            ClientCertificateRequired = true,
            CertificateChainPolicy = TestCertificates.TrustAuthority,
        });
        await using var stream = await connecting.Within();
        await server.TalkAsync(stream);
        Assert.Equal(TestCertificates.Client.GetCertHashString(), server.RemoteCertificate!.GetCertHashString());
    }

    [Fact]
    public async Task What_the_code_says_of_TLS_stays_and_its_object_is_not_changed()
    {
        var tls = new SslClientAuthenticationOptions { ApplicationProtocols = [new("talk/1")] };
        var connecting = ConnectAsync(options => options.Tls = tls, $"Tls:CaFile={_folder.Authority()}");
        await using var server = await _listener.AcceptTlsAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = TestCertificates.Server,
            ApplicationProtocols = [new("talk/1")],
        });
        await using var stream = await connecting.Within();
        Assert.Equal(new SslApplicationProtocol("talk/1"), stream.Tls!.NegotiatedApplicationProtocol);
        Assert.Null(tls.CertificateChainPolicy);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    private Task<ConnectionStream> ConnectAsync(params string[] settings) => ConnectAsync(null, settings);

    private Task<ConnectionStream> ConnectAsync(Action<StreamClientOptions>? configure, params string[] settings) =>
        new ServiceCollection()
            .AddSingleton<IConfiguration>(Settings.Of([$"mail:Url=tls://localhost:{_listener.Port}", .. settings.Select(setting => $"mail:{setting}")]))
            .AddStreamClient("mail", configure)
            .BuildServiceProvider()
            .GetRequiredService<IStreamClientFactory>()
            .ConnectAsync("mail");
}
