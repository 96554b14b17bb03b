using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What the pages show as configuration is configuration: every key is known, every value is one.</summary>
public class SettingsBlockTests
{
    public static TheoryData<string, int> Blocks =>
        [.. Pages.All.SelectMany(CodeBlock.In).Where(static block => block.Language == "json").Select(static block => (block.Page, block.Line))];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_of_settings_has_no_fault(string page, int line)
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

        foreach (var name in servers) AssertNoFault(() => host.Services.GetRequiredKeyedService<StreamServerBase>(name));
        foreach (var name in clients) AssertNoFault(() => host.Services.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get(name));
    }

    private static List<string> NamesIn(ConfigurationManager configuration, string section) =>
        [.. configuration.GetSection(section).GetChildren().Select(static child => child.Key)];

    private static void AssertNoFault(Action read)
    {
        try
        {
            read();
        }
        catch (OptionsValidationException invalid)
        {
            // The files of a certificate are the reader's own.
            Assert.All(invalid.Failures, static fault => Assert.Contains("there is no such file", fault, StringComparison.Ordinal));
        }
    }
}
