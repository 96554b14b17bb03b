using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>The mode, the group, the filter and the PROXY protocol of a server in a host: in code, in the configuration, and what is wrong with them.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostedPeersTests : IDisposable
{
    private const string Section = "Streams:Servers:echo";
    private const UnixFileMode Mode640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const string Header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";

    private readonly TempDirectory _directory = new();

    private string Path => _directory["s"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_endpoint_has_its_own_and_else_those_of_the_server()
    {
        using var host = Host(options =>
        {
            options.ProxyProtocol = new ProxyProtocolOptions();
            options.UnixFileMode = Mode640;
            options.AllowPeer = static _ => false;
            options.Listen("tcp://127.0.0.1:0");
            options.Listen($"unix:{Path}", static endpoint => endpoint.AllowPeer = static _ => true);
            options.Listen($"unix:{Path}2", static endpoint => endpoint.UnixFileMode = UnixFileMode.UserWrite);
        });
        await host.StartAsync().Within();
        var server = host.Services.GetRequiredKeyedService<StreamServerBase>("echo");

        Assert.Equal(Mode640, File.GetUnixFileMode(Path));
        Assert.Equal(UnixFileMode.UserWrite, File.GetUnixFileMode(Path + "2"));
        foreach (var endPoint in server.EndPoints.Take(2))
        {
            await using var client = await StreamClient.ConnectAsync(endPoint).Within();
            await client.WriteAsync(Header + "hello\n").Within();
            Assert.Equal("hello from 192.0.2.1:1\n", await client.HearLineAsync());
        }

        await using var refused = await StreamClient.ConnectUnixAsync(Path + "2").Within();
        await refused.IsOverAsync();
        await host.StopAsync().Within();
    }

    [Fact]
    public async Task The_configuration_sets_them()
    {
        using var host = Host(
            configure: null,
            ("Endpoints:a:Url", $"unix:{Path}"), ("Endpoints:a:UnixFileMode", "0640"), ("Endpoints:a:ProxyProtocol:Enabled", "true"),
            ("Endpoints:b:Url", "tcp://127.0.0.1:0"), ("Endpoints:b:ProxyProtocol:TrustedSources:0", "10.0.0.0/8"), ("Endpoints:b:ProxyProtocol:TrustedSources:1", "127.0.0.1/32"),
            ("Endpoints:b:ProxyProtocol:Timeout", "00:01:00"));
        await host.StartAsync().Within();

        Assert.Equal(Mode640, File.GetUnixFileMode(Path));
        foreach (var endPoint in host.Services.GetRequiredKeyedService<StreamServerBase>("echo").EndPoints)
        {
            await using var client = await StreamClient.ConnectAsync(endPoint).Within();
            await client.WriteAsync(Header + "hello\n").Within();
            Assert.Equal("hello from 192.0.2.1:1\n", await client.HearLineAsync());
        }

        await host.StopAsync().Within();
    }

    [Fact]
    public void The_trusted_sources_of_the_configuration_are_all_there_are()
    {
        using var host = Host(static options => options.Listen("tcp://127.0.0.1:0"), ("ProxyProtocol:TrustedSources:0", "10.0.0.0/8"), ("ProxyProtocol:Timeout", "00:00:07"));

        var proxy = host.Services.GetRequiredService<IOptionsMonitor<StreamServerOptions>>().Get("echo").ProxyProtocol!;

        Assert.Equal("10.0.0.0/8", Assert.Single(proxy.TrustedSources).ToString());
        Assert.Equal(TimeSpan.FromSeconds(7), proxy.Timeout);
    }

    [Theory]
    [InlineData("UnixFileMode", "0999", ":UnixFileMode is '0999': write three octal digits, like 660 for the owner and the group.")]
    [InlineData("UnixFileMode", "4755", ":UnixFileMode is '4755': write three octal digits, like 660 for the owner and the group.")]
    [InlineData("UnixGroup", "", ":UnixGroup is '': it is empty, write something or leave the key out.")]
    [InlineData("ProxyProtocol", "true", ":ProxyProtocol is 'true': it must be a section with keys of its own.")]
    [InlineData("ProxyProtocol:Timeout", "5", ":ProxyProtocol:Timeout is '5': write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days (49.00:00:00), or Infinite.")]
    [InlineData("ProxyProtocol:TrustedSources:0", "10.0.0.1", ":ProxyProtocol:TrustedSources:0 is '10.0.0.1': write a network with the length of its prefix, like 10.0.0.0/8, 192.0.2.7/32 or fd00::/8.")]
    [InlineData("ProxyProtocol:Trusted", "10.0.0.0/8", ":ProxyProtocol:Trusted is not known: write Enabled, Timeout or TrustedSources.")]
    public async Task A_value_that_is_wrong_is_told_with_its_path(string key, string value, string fault)
    {
        using var host = Host(configure: null, ("Endpoints:a:Url", $"unix:{Path}"), ($"Endpoints:a:{key}", value));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().Within());

        Assert.Equal($"{Section}:Endpoints:a{fault}", Assert.Single(error.Failures));
    }

    [Fact]
    public async Task What_an_endpoint_has_no_use_for_is_told()
    {
        using var host = Host(options => options
            .Listen("tcp://127.0.0.1:0", static endpoint => (endpoint.AllowPeer, endpoint.UnixGroup) = (static _ => true, "root"))
            .Listen("unix:@name", static endpoint => endpoint.UnixFileMode = Mode640)
            .Listen($"unix:{Path}", static endpoint => endpoint.UnixFileMode = UnixFileMode.StickyBit));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().Within());

        Assert.Equal(
            [
                ", which makes no file: UnixFileMode and UnixGroup are for unix:/path, take them away.",
                ": AllowPeer is for Unix sockets, whose peers the kernel knows, take it away.",
                ", which makes no file: UnixFileMode and UnixGroup are for unix:/path, take them away.",
                ": UnixFileMode is StickyBit: give permissions to read, write and execute only.",
            ],
            error.Failures.Select(static failure => failure[(failure.IndexOf(')', StringComparison.Ordinal) + 1)..]));
    }

    private static IHost Host(Action<StreamServerOptions>? configure, params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(settings.Select(static one => KeyValuePair.Create($"{Section}:{one.Key}", (string?)one.Value)));
        builder.Services.AddStreamServer("echo", configure, static async (stream, _) =>
        {
            while (await stream.ReadLineAsync(System.Text.Encoding.UTF8, CancellationToken.None) is { } line)
                await stream.WriteAsync($"{line} from {stream.RemoteEndPoint}\n", CancellationToken.None);
        });
        return builder.Build();
    }
}
