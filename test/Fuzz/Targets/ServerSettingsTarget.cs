using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What the configuration says of a server, up to the sockets that it would bind: a server, or the one exception that has all faults.</summary>
internal sealed class ServerSettingsTarget : Target
{
    private const string Server = "echo";

    public override string Name => "server-settings";

    public override int Longest => 500;

    public override IReadOnlyList<byte[]> Tokens => Settings.Words;

    public override string Run(byte[] input)
    {
        var section = StreamServerSettings.SectionOf(Server);
        // Nothing of it is bound or begun, so there is nothing to dispose of.
        var services = Services(Settings.Of(section, input));
        var (one, two) = (Faults(services), Faults(services));
        Assert.Equal(one, two);
        var options = services.GetRequiredService<IOptionsMonitor<StreamServerOptions>>().Get(Server);
        Assert.True(options is { Limit: >= 1, MaxConnections: null or >= 1, MaxAcceptsPerSecond: null or (>= 0.001 and <= 1_000_000) }, "A setting is beyond its bounds.");
        return Settings.Check(one, section);
    }

    private static ServiceProvider Services(IConfiguration configuration)
    {
        var services = new ServiceCollection().AddSingleton(configuration).AddSingleton<IHostEnvironment>(new HostingEnvironment { ContentRootPath = CertificateFiles.Folder });
        services.AddStreamServer(Server, configure: null, static (_, _) => Task.CompletedTask);
        return services.BuildServiceProvider();
    }

    private static string[] Faults(ServiceProvider services)
    {
        try
        {
            Assert.Single(services.GetRequiredService<StreamServers>().All);
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
    }
}
