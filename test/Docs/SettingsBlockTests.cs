using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What the pages show as configuration is read: every key is known and every value is one, where the page does not say otherwise.</summary>
public class SettingsBlockTests
{
    public static TheoryData<string, int> Blocks =>
        [.. Pages.All.SelectMany(CodeBlock.In).Where(static block => block.Language == "json").Select(static block => (block.Page, block.Line))];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_of_settings_has_the_faults_that_the_page_tells(string page, int line)
    {
        var block = CodeBlock.In(page).Single(block => block.Line == line);
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(block.Text));
        builder.Configuration.AddJsonStream(json);
        var servers = NamesIn(builder.Configuration, "Streams:Servers");
        var clients = NamesIn(builder.Configuration, "Streams:Clients");
        Assert.True(servers.Count + clients.Count > 0, $"{block} has neither Streams:Servers nor Streams:Clients.");
        foreach (var name in servers) builder.Services.AddStreamServer(name, static (_, _) => Task.CompletedTask);
        foreach (var name in clients) builder.Services.AddStreamClient(name);
        using var host = builder.Build();

        List<string> faults =
        [
            .. servers.SelectMany(name => FaultsOf(() => host.Services.GetRequiredKeyedService<StreamServerBase>(name))),
            .. clients.SelectMany(name => FaultsOf(() => host.Services.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get(name))),
        ];
        Assert.Equal(ExpectedBy(block), faults.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    /// <summary>None; those of the next block, where the page shows settings that are wrong.</summary>
    private static string[] ExpectedBy(CodeBlock block) => block.Orders.GetValueOrDefault("run") == "faults"
        ? [.. CodeBlock.In(block.Page).First(next => next.Line > block.Line).Text.Split('\n').Order(StringComparer.Ordinal)]
        : [];

    private static List<string> NamesIn(ConfigurationManager configuration, string section) =>
        [.. configuration.GetSection(section).GetChildren().Select(static child => child.Key)];

    private static IEnumerable<string> FaultsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (OptionsValidationException invalid)
        {
            // The files of a certificate are the reader's own.
            return invalid.Failures.Where(static fault => !fault.Contains("there is no such file", StringComparison.Ordinal));
        }
    }
}
