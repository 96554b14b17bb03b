using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What is wrong with a client is told before anything is connected, all at once.</summary>
public class ClientSettingsFaultTests
{
    private static readonly string[] _wrong =
    [
        "mail:Url=tcp://localhost", "mail:Limit=0", "mail:Retry:MaxAttempts=0", "mail:NoDelay=maybe", "mail:Limti=5", "news:ConnectTimeout=30", "mial:Url=tcp://localhost:25",
    ];

    private static readonly string[] _told =
    [
        "Streams:Clients:mail:Limit is '0': write a whole number from 1 to 2147483647.",
        "Streams:Clients:mail:NoDelay is 'maybe': write true or false.",
        "Streams:Clients:mail:Retry:MaxAttempts is '0': write a whole number from 1 to 2147483647.",
        "Streams:Clients:mail:Url is 'tcp://localhost': it has no port, write tcp://localhost:port.",
        "Streams:Clients:mail:Limti is not known: write AddressFamily, ConnectTimeout, HandshakeTimeout, HappyEyeballsDelay, Interleave, KeepAlive, "
            + "Limit, LocalEndPoint, NoDelay, Retry, ServerHostname, Tls or Url.",
        "Streams:Clients:news:ConnectTimeout is '30': write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days (49.00:00:00), or Infinite.",
        "Streams:Clients:news:Url is missing: write tcp://host:port, tls://host:port, unix:/path, unix:@name, ws://host/path or wss://host/path, here or in the code.",
        "Streams:Clients:mial is not known: write mail or news.",
    ];

    [Fact]
    public async Task A_host_does_not_start_and_tells_all_faults_of_all_clients()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddConfiguration(Settings.Of(_wrong));
        builder.Services.AddStreamClient("mail").AddStreamClient("news");
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync()).Within();
        Assert.Equal(_told, error.Failures);
    }

    [Fact]
    public async Task A_host_without_a_fault_starts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddConfiguration(Settings.Of(["mail:Url=tcp://localhost:25"]));
        builder.Services.AddStreamClient("mail");
        using var host = builder.Build();
        await host.StartAsync().Within();
        await host.StopAsync().Within();
    }

    [Fact]
    public async Task Without_a_host_the_first_use_tells_them_and_every_later_one()
    {
        await using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(Settings.Of(_wrong)).AddStreamClient("mail").AddStreamClient("news").BuildServiceProvider();
        var clients = services.GetRequiredService<IStreamClientFactory>();
        for (var again = 0; again < 2; again++)
            Assert.Equal(_told, Assert.Throws<OptionsValidationException>(() => { _ = clients.ConnectAsync("mail"); }).Failures);
    }

    [Fact]
    public async Task A_fault_of_the_code_has_the_path_where_it_can_be_put_right()
    {
        await using var services = new ServiceCollection().AddStreamClient("mail", options => options.Url = "fd:3").BuildServiceProvider();
        AssertFaults(services, "Streams:Clients:mail:Url is 'fd:3': a client cannot connect to that, write tcp://host:port, tls://host:port, unix:/path, unix:@name, ws://host/path or wss://host/path.");
    }

    public static TheoryData<string[], string> One => new()
    {
        { ["Url="], "Url is '': it is empty, write something or leave the key out." },
        { ["Url=tcp://*:25"], "Url is 'tcp://*:25': it has no host but all interfaces, which only a server has, write the host to connect to." },
        { ["Url=tcp://localhost:0"], "Url is 'tcp://localhost:0': its port is 0, a port to connect to is from 1 to 65535." },
        { ["Url=tcp://localhost:1", "ServerHostname=a"], "ServerHostname is 'a': there is no TLS, write tls://host:port as the Url or leave the key out." },
        {
            ["Url=tcp://localhost:1", "HandshakeTimeout=00:00:01"],
            "HandshakeTimeout is '00:00:01': there is no TLS, write tls://host:port as the Url or leave the key out."
        },
        {
            ["Url=tls://localhost:1", "LocalEndPoint=localhost"],
            "LocalEndPoint is 'localhost': write an IP address of this machine, and a port behind it where it matters, like 192.0.2.1:5000 or [2001:db8::1]:5000."
        },
        { ["Url=tls://localhost:1", "AddressFamily=Unix"], "AddressFamily is 'Unix': write Unspecified, InterNetwork or InterNetworkV6." },
        { ["Url=tls://localhost:1", "KeepAlive=10:00:00"], "KeepAlive is '10:00:00': write hours:minutes:seconds, like 00:00:30, from 00:00:01 to 09:06:07." },
        { ["Url=tls://localhost:1", "Retry:Delay=00:00:00"], "Retry:Delay is '00:00:00': write hours:minutes:seconds, like 00:00:30, from 00:00:00.0010000 to 1.00:00:00." },
        { ["Url=tls://localhost:1", "Retry=3"], "Retry is '3': it must be a section with keys of its own." },
        { ["Url=tls://localhost:1", "Tls:CaFile=a\0b"], "Tls:CaFile is 'a\\u0000b': it cannot be used as a PEM file: Null character in path. (Parameter 'path')." },
        { ["Url=tcp://a\nb:1"], "Url is 'tcp://a\\u000Ab:1': 'a\\u000Ab' is no host, write a name, an IPv4 address, an IPv6 address in brackets, or * for all interfaces." },
        { ["Url=tls://localhost:1", "Tls:KeyFile=a"], "Tls:CertificateFile is missing: write the PEM file of the certificate that KeyFile belongs to." },
    };

    [Theory]
    [MemberData(nameof(One))]
    public async Task One_fault_is_one_line(string[] settings, string line)
    {
        await using var services = Services(settings);
        AssertFaults(services, $"Streams:Clients:mail:{line}");
    }

    [Fact]
    public async Task TLS_over_a_Unix_socket_needs_a_name()
    {
        await using var services = new ServiceCollection().AddStreamClient("mail", options => (options.Url, options.Tls) = ("unix:a", new())).BuildServiceProvider();
        AssertFaults(
            services,
            "Streams:Clients:mail:ServerHostname is missing: write the name that the server's certificate has to be for, because a Unix socket has none.");
        await using var named = new ServiceCollection()
            .AddStreamClient("mail", options => (options.Url, options.Tls) = ("unix:a", new() { TargetHost = "b" })).BuildServiceProvider();
        Assert.NotNull(named.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get("mail"));
    }

    [Fact]
    public async Task Files_that_hold_no_certificates_are_faults()
    {
        using var folder = new CertificateFolder();
        var (nothing, text) = (folder.FileAt("nothing.pem"), folder.Write("text.pem", "a text"));
        await using var services = Services([$"Url=tls://localhost:1", $"Tls:CaFile={nothing}", $"Tls:CertificateFile={text}"]);
        var faults = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get("mail")).Failures.ToList();
        Assert.Equal(2, faults.Count);
        Assert.StartsWith($"Streams:Clients:mail:Tls:CaFile is '{nothing}': it cannot be used as a PEM file: Could not find file ", faults[0], StringComparison.Ordinal);
        Assert.StartsWith($"Streams:Clients:mail:Tls:CertificateFile is '{text}': it cannot be used as a PEM file: ", faults[1], StringComparison.Ordinal);

        await using var empty = Services([$"Url=tls://localhost:1", $"Tls:CaFile={text}"]);
        AssertFaults(empty, $"Streams:Clients:mail:Tls:CaFile is '{text}': it cannot be used as a PEM file: there is no certificate in it.");
    }

    [Fact]
    public async Task A_key_that_does_not_fit_its_certificate_is_a_fault()
    {
        using var folder = new CertificateFolder();
        using var other = ECDsa.Create();
        var (certificate, _) = folder.Client();
        await using var services = Services(
            ["Url=tls://localhost:1", $"Tls:CertificateFile={certificate}", $"Tls:KeyFile={folder.Write("other.pem", other.ExportPkcs8PrivateKeyPem())}"]);
        AssertFaults(services, $"Streams:Clients:mail:Tls:CertificateFile is '{certificate}': it cannot be used as a PEM file: the key is not the one of this certificate.");
    }

    private static ServiceProvider Services(string[] settings) =>
        new ServiceCollection().AddSingleton<IConfiguration>(Settings.Of(settings.Select(setting => $"mail:{setting}"))).AddStreamClient("mail").BuildServiceProvider();

    private static void AssertFaults(ServiceProvider services, params string[] lines)
    {
        var error = Assert.Throws<OptionsValidationException>(() => { _ = services.GetRequiredService<IStreamClientFactory>().ConnectAsync("mail"); });
        Assert.Equal(lines, error.Failures);
    }
}
