using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

public sealed class ServerConfigurationTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly TempDirectory _directory = new();

    public void Dispose()
    {
        _log.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_setting_arrives()
    {
        await using var host = await StartAsync(
            ("Endpoints:A:Url", "tcp://127.0.0.1:0"), ("Limit", "100"), ("Backlog", "7"), ("MaxConnections", "8"), ("MaxConnectionsPerAddress", "9"),
            ("MaxAcceptsPerSecond", "2.5"), ("WhenFull", "wait"), ("PartingBytes", "bye\r\n"), ("IdleTimeout", "00:00:01"), ("ReadTimeout", "00:00:02"),
            ("WriteTimeout", "00:00:03"), ("MaxConnectionLifetime", "00:00:04"), ("ShutdownTimeout", "00:00:05"), ("DrainDelay", "00:00:00.001"),
            ("HandshakeTimeout", "00:00:07"), ("AddressFamily", "InterNetwork"), ("ReusePort", "true"));

        var options = host.Services.GetRequiredService<IOptionsMonitor<StreamServerOptions>>().Get("mail");
        Assert.Equal((100, 7, 8, 9), (options.Limit, options.Backlog, options.MaxConnections, options.MaxConnectionsPerAddress));
        Assert.Equal((2.5, WhenFull.Wait, true), (options.MaxAcceptsPerSecond, options.WhenFull, options.ReusePort));
        Assert.Equal("bye\r\n"u8.ToArray(), options.PartingBytes.ToArray());
        Assert.Equal(
            [1, 2, 3, 4, 5, 7],
            new[] { options.IdleTimeout, options.ReadTimeout, options.WriteTimeout, options.MaxConnectionLifetime, options.ShutdownTimeout, options.HandshakeTimeout }
                .Select(static time => time!.Value.TotalSeconds));
        Assert.Equal(TimeSpan.FromMilliseconds(1), options.DrainDelay);
        Assert.Equal(System.Net.Sockets.AddressFamily.InterNetwork, options.AddressFamily);
    }

    [Fact]
    public async Task The_configuration_goes_before_the_code_and_its_endpoints_stand_in_place_of_those_there()
    {
        await using var host = await HostRun.StartAsync(
            _log,
            static services => services.AddStreamServer(
                "mail", static options => (options.Listen("tcp://127.0.0.1:1").IdleTimeout, options.Limit) = (TimeSpan.FromSeconds(1), 5), static (stream, _) => Talk.EchoAsync(stream)),
            ("Streams:Servers:mail:Endpoints:Main:Url", "tcp://127.0.0.1:0"), ("Streams:Servers:mail:IdleTimeout", "Infinite"));

        var options = host.Services.GetRequiredService<IOptionsMonitor<StreamServerOptions>>().Get("mail");
        Assert.Equal(Timeout.InfiniteTimeSpan, options.IdleTimeout);
        Assert.Equal(5, options.Limit);
        await using var client = await host.ConnectAsync("mail");
        await client.HearsItselfAsync();
        Assert.Single(host.Server("mail").EndPoints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_code_sets_stays_unless_the_configuration_sets_it_too(bool isConfigured)
    {
        // The code has 1 of everything, the configuration 2.
        (string Key, string Value)[] settings =
        [
            ("Limit", "2"), ("Backlog", "2"), ("MaxConnections", "2"), ("MaxConnectionsPerAddress", "2"), ("MaxAcceptsPerSecond", "2"),
            ("IdleTimeout", "00:00:02"), ("ReadTimeout", "00:00:02"), ("WriteTimeout", "00:00:02"), ("MaxConnectionLifetime", "00:00:02"),
            ("ShutdownTimeout", "00:00:02"), ("HandshakeTimeout", "00:00:02"), ("UnixGroup", "2"), ("UnixFileMode", "002"),
            ("UnsafePreferInlineScheduling", "false"), ("ReusePort", "false"), ("ProxyProtocol:Timeout", "00:00:02"),
        ];
        var second = TimeSpan.FromSeconds(1);
        await using var host = await HostRun.StartAsync(
            _log,
            services => services.AddStreamServer(
                "mail",
                options =>
                {
                    options.Listen("tcp://127.0.0.1:0");
                    (options.Limit, options.Backlog, options.MaxConnections, options.MaxConnectionsPerAddress, options.MaxAcceptsPerSecond) = (1, 1, 1, 1, 1);
                    (options.IdleTimeout, options.ReadTimeout, options.WriteTimeout, options.MaxConnectionLifetime) = (second, second, second, second);
                    (options.ShutdownTimeout, options.HandshakeTimeout, options.UnixGroup, options.UnixFileMode) = (second, second, "1", UnixFileMode.OtherExecute);
                    (options.UnsafePreferInlineScheduling, options.ReusePort, options.ProxyProtocol) = (true, true, new ProxyProtocolOptions { Timeout = second });
                },
                static (stream, _) => Talk.EchoAsync(stream)),
            isConfigured ? [.. settings.Select(static setting => ($"Streams:Servers:mail:{setting.Key}", setting.Value))] : []);

        var options = host.Services.GetRequiredService<IOptionsMonitor<StreamServerOptions>>().Get("mail");
        var wanted = isConfigured ? 2 : 1;
        Assert.Equal(
            Enumerable.Repeat((double)wanted, 12),
            [
                options.Limit, options.Backlog, options.MaxConnections!.Value, options.MaxConnectionsPerAddress!.Value, options.MaxAcceptsPerSecond!.Value,
                options.IdleTimeout!.Value.TotalSeconds, options.ReadTimeout!.Value.TotalSeconds, options.WriteTimeout!.Value.TotalSeconds,
                options.MaxConnectionLifetime!.Value.TotalSeconds, options.ShutdownTimeout.TotalSeconds, options.HandshakeTimeout.TotalSeconds,
                options.ProxyProtocol!.Timeout.TotalSeconds,
            ]);
        Assert.Equal(($"{wanted}", (UnixFileMode)wanted), (options.UnixGroup, options.UnixFileMode));
        Assert.Equal((!isConfigured, !isConfigured), (options.UnsafePreferInlineScheduling, options.ReusePort));
    }

    [Fact]
    public async Task Every_fault_is_told_at_once_with_its_path()
    {
        var faults = await FaultsAsync(
            ("Endpoints:A:Url", "tcp://127.0.0.1"),
            ("Endpoints:B:Url", "tls://127.0.0.1:0"),
            ("IdleTimeout", "soon"),
            ("MaxConnections", "0"),
            ("IdelTimeout", "00:01:00"));

        Assert.Equal(
            [
                "Streams:Servers:mail:MaxConnections is '0': write a whole number from 1 to 2147483647.",
                "Streams:Servers:mail:IdleTimeout is 'soon': write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days (49.00:00:00), or Infinite.",
                "Streams:Servers:mail:Endpoints:A:Url is 'tcp://127.0.0.1': it has no port, write tcp://127.0.0.1:port.",
            ],
            faults.Where(static fault => !fault.Contains("IdelTimeout", StringComparison.Ordinal) && !fault.Contains(":B", StringComparison.Ordinal)));
        Assert.StartsWith("Streams:Servers:mail:IdelTimeout is not known: write ", Assert.Single(faults, static fault => fault.Contains("IdelTimeout", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.StartsWith("Streams:Servers:mail:Endpoints:B has no certificate: give one as ", Assert.Single(faults, static fault => fault.Contains(":B", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(5, faults.Count);
    }

    [Theory]
    [InlineData("Endpoints:A:Url", "ws://127.0.0.1/x", "Streams:Servers:mail:Endpoints:A:Url is 'ws://127.0.0.1/x': a WebSocket is served by the web app")]
    [InlineData("Endpoints:A:Ulr", "tcp://127.0.0.1:0", "Streams:Servers:mail:Endpoints:A:Ulr is not known: write ")]
    [InlineData("Endpoints:A", "tcp://127.0.0.1:0", "Streams:Servers:mail:Endpoints:A is 'tcp://127.0.0.1:0': it must be a section with keys of its own.")]
    [InlineData("Endpoints", "tcp://127.0.0.1:0", "Streams:Servers:mail:Endpoints is 'tcp://127.0.0.1:0': it must be a section with keys of its own.")]
    [InlineData("Endpoints:A\nB:Url", "tcp://a\nb:1", "Streams:Servers:mail:Endpoints:A\\u000AB:Url is 'tcp://a\\u000Ab:1': 'a\\u000Ab' is no host, ")]
    [InlineData("Li\u001b[31mmit", "1", "Streams:Servers:mail:Li\\u001B[31mmit is not known: write ")]
    [InlineData("Certificate:Path", "no/such\n.pem", "Streams:Servers:mail:Certificate:Path is 'no/such\\u000A.pem': there is no such file (")]
    [InlineData("Certificate:Path", "no/such.pem", "Streams:Servers:mail:Certificate:Path is 'no/such.pem': there is no such file (")]
    [InlineData("Certificate:Password", "x", "Streams:Servers:mail:Certificate:Path is missing: write the file of the certificate")]
    [InlineData("Certificate:Development", "perhaps", "Streams:Servers:mail:Certificate:Development is 'perhaps': write true or false.")]
    public async Task What_is_wrong_is_told_in_words(string key, string value, string expected) =>
        Assert.Contains(await FaultsAsync((key, value)), fault => fault.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public async Task No_endpoint_at_all_is_a_fault_that_tells_both_ways()
    {
        const string Expected = "Streams:Servers:mail:Endpoints is empty: give at least one address, as Streams:Servers:mail:Endpoints:Main:Url or with Listen(\"tcp://host:port\").";
        Assert.Equal([Expected], await FaultsAsync());
    }

    [Fact]
    public async Task A_section_for_a_server_that_nobody_added_is_a_fault()
    {
        await using var host = HostRun.Of(
            _log, static services => services.AddStreamServer("mail", static options => options.Listen("tcp://127.0.0.1:0"), static (_, _) => Task.CompletedTask),
            ("Streams:Servers:mial:IdleTimeout", "00:00:01"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);

        Assert.Equal(
            ["Streams:Servers:mial is for no server: there is mail; add it with AddStreamServer(\"mial\", ...) or take the section away."], error.Failures);
    }

    [Fact]
    public async Task An_address_in_the_code_that_is_none_is_told_with_the_server_and_the_call()
    {
        await using var host = HostRun.Of(_log, static services => services.AddStreamServer("mail", static options => options.Listen("tpc://x:1"), static (_, _) => Task.CompletedTask));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);

        Assert.StartsWith(
            "Streams:Servers:mail, Listen(\"tpc://x:1\"): its scheme 'tpc' is none of ours, write ", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_holds_no_certificate_is_told()
    {
        await File.WriteAllTextAsync(_directory["rubbish.pem"], "rubbish");
        await File.WriteAllTextAsync(_directory["alone.pem"], TestCertificates.Server.ExportCertificatePem());

        foreach (var file in (string[])["rubbish.pem", "alone.pem"])
        {
            var faults = await FaultsAsync(("Endpoints:A:Url", "tls://127.0.0.1:0"), ("Endpoints:A:Certificate:Path", _directory[file]));
            Assert.Contains(faults, fault => fault.Contains($"Endpoints:A:Certificate:Path is '{_directory[file]}': it cannot be used (", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("server.pfx", false)]
    [InlineData("server.pem", true)]
    [InlineData("both.pem", false)]
    public async Task A_certificate_is_read_from_the_usual_files(string file, bool keyApart)
    {
        await File.WriteAllBytesAsync(_directory["server.pfx"], TestCertificates.Server.Export(X509ContentType.Pkcs12, "secret"));
        var key = TestCertificates.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(_directory["server.pem"], TestCertificates.Server.ExportCertificatePem());
        await File.WriteAllTextAsync(_directory["server.key"], key);
        await File.WriteAllTextAsync(_directory["both.pem"], TestCertificates.Server.ExportCertificatePem() + "\n" + TestCertificates.Authority.ExportCertificatePem() + "\n" + key);
        List<(string, string?)> settings = [("Endpoints:A:Url", "tls://127.0.0.1:0"), ("Certificate:Path", _directory[file])];
        if (keyApart) settings.Add(("Certificate:KeyPath", _directory["server.key"]));
        if (file.EndsWith("pfx", StringComparison.Ordinal)) settings.Add(("Certificate:Password", "secret"));

        await using var host = await StartAsync([.. settings]);

        await using var client = await host.ConnectAsync(
            "mail", new() { Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority }, ServerHostname = "localhost" });
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task A_development_certificate_needs_no_file()
    {
        await using var host = await StartAsync(("Endpoints:A:Url", "tls://127.0.0.1:0"), ("Endpoints:A:Certificate:Development", "true"));

        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority };
        await using var client = await host.ConnectAsync("mail", new() { Tls = new() { CertificateChainPolicy = policy }, ServerHostname = "localhost" });
        await client.HearsItselfAsync();
    }

    private Task<HostRun> StartAsync(params (string Key, string? Value)[] settings) => HostRun.StartAsync(_log, AddMail, OfMail(settings));

    private async Task<List<string>> FaultsAsync(params (string Key, string? Value)[] settings)
    {
        await using var host = HostRun.Of(_log, AddMail, OfMail(settings));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        return [.. error.Failures];
    }

    private static void AddMail(IServiceCollection services) => services.AddStreamServer("mail", configure: null, static (stream, _) => Talk.EchoAsync(stream));

    private static (string Key, string? Value)[] OfMail((string Key, string? Value)[] settings) =>
        [.. settings.Select(static setting => ("Streams:Servers:mail:" + setting.Key, setting.Value))];
}
