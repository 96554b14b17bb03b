using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What docs/clients.md says of the configuration is what the library reads.</summary>
public partial class ClientConfigurationTests
{
    private const string Page = "docs/clients.md";

    [Fact]
    public void Each_example_has_just_the_faults_that_the_page_tells()
    {
        var blocks = CodeBlock.In(Page).ToList();
        var examples = blocks.Where(static block => block.Language == "json").ToList();
        Assert.Equal(2, examples.Count);
        Assert.Empty(FaultsOf(examples[0].Text));
        Assert.Equal(blocks[blocks.IndexOf(examples[1]) + 1].Text.Split('\n'), FaultsOf(examples[1].Text));
    }

    [Fact]
    public void The_table_has_every_key_there_is_and_no_other()
    {
        var told = Pages.Lines(Page).Select(static line => KeyOfRow().Match(line)).Where(static row => row.Success).Select(static row => row.Groups["key"].Value);
        Assert.Equal(KeysOf("").Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    /// <summary>Asks for what is not there, and takes the answer apart.</summary>
    private static IEnumerable<string> KeysOf(string section)
    {
        var fault = FaultsOf($$$"""{ "Streams": { "Clients": { "mail": { "Url": "tls://a:1", "{{{section}}}nothing": 1 } } } }""")
            .Single(static fault => fault.Contains("is not known: write ", StringComparison.Ordinal));
        var keys = fault.Split("is not known: write ")[1].TrimEnd('.').Split([", ", " or "], StringSplitOptions.None);
        return keys.SelectMany(key => key is "Retry" or "Tls" ? KeysOf($"{key}:") : [section + key]);
    }

    private static IReadOnlyList<string> FaultsOf(string json)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        foreach (var client in configuration.GetSection("Streams:Clients").GetChildren())
            services.AddStreamClient(client.Key, static options => options.ConnectCallback = static (_, _) => throw new IOException("Nothing is connected here."));
        using var provider = services.BuildServiceProvider();
        try
        {
            provider.GetRequiredService<IStreamClientFactory>().ConnectAsync("mail", new CancellationToken(canceled: true)).Dispose();
            return [];
        }
        catch (OptionsValidationException wrong)
        {
            return [.. wrong.Failures];
        }
    }

    [GeneratedRegex(@"^\| `(?<key>[A-Z][A-Za-z:]*)` \| [^|]* \| [^|]* ?\|$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KeyOfRow();
}
