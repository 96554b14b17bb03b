using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

public partial class PageTests(SampleHost host)
{
    [Fact]
    public async Task It_is_served_with_its_style_and_its_script()
    {
        Assert.Contains("<h1>Kestrel.Streams", await GetAsync("/", "text/html"), StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", await GetAsync("/page.css", "text/css"), StringComparison.Ordinal);
        Assert.Contains("EventSource", await GetAsync("/page.js", "text/javascript"), StringComparison.Ordinal);
        Assert.Contains("Leon Sorokin", await GetAsync("/lib/uPlot.LICENSE.txt", "text/plain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_it_refers_to_is_there()
    {
        var references = LocalReference().Matches(await GetAsync("/", "text/html")).Select(match => match.Groups["path"].Value).ToArray();
        Assert.Equal(["lib/uPlot.min.css", "page.css", "lib/uPlot.iife.min.js", "page.js"], references);
        foreach (var reference in references)
            await GetAsync("/" + reference, null);
    }

    [Theory, InlineData("/", "text/html"), InlineData("/page.css", "text/css"), InlineData("/page.js", "text/javascript")]
    [InlineData("/chat.js", "text/javascript"), InlineData("/guide.js", "text/javascript"), InlineData("/operations.js", "text/javascript"), InlineData("/plot.js", "text/javascript")]
    public async Task It_asks_no_other_host_for_anything(string path, string type) =>
        Assert.DoesNotMatch(OtherHost(), await GetAsync(path, type));

    [Fact]
    public async Task The_guide_tells_where_everything_listens_and_what_to_type()
    {
        using var guide = JsonDocument.Parse(await GetAsync("/guide", "application/json"));
        Assert.Equal(
            [("TCP", $"127.0.0.1:{host.Port}"), ("TLS", $"127.0.0.1:{host.TlsPort}"), ("Unix", host.UnixPath), ("Page", host.Page.BaseAddress!.OriginalString)],
            Pairs("endPoints", "address"));
        var commands = Pairs("commands", "text").Select(pair => pair.Text).ToArray();
        Assert.Contains($@"printf 'hello\n' | nc -q1 127.0.0.1 {host.Port}", commands);
        Assert.Contains($@"printf 'hello\n' | nc -q1 -U {host.UnixPath}", commands);
        Assert.Contains($"dotnet run --project sample/EchoClient hello 127.0.0.1 {host.Port}", commands);
        Assert.Equal(
            [("TCP", $"nc 127.0.0.1 {host.ChatPort}"), ("TLS", $"openssl s_client -quiet -connect 127.0.0.1:{host.ChatTlsPort}"), ("Unix", $"nc -U {host.ChatUnixPath}")],
            Pairs("chat", "text"));
        Assert.Contains(commands, command => command.Contains($"open_connection('127.0.0.1', {host.Port})", StringComparison.Ordinal));

        (string Name, string Text)[] Pairs(string list, string text) =>
            [.. guide.RootElement.GetProperty(list).EnumerateArray()
                .Select(item => (item.GetProperty("name").GetString()!, item.GetProperty(text).GetString()!))];
    }

    [Fact]
    public async Task It_runs_its_own_scripts_only_and_stands_in_no_other_page()
    {
        using var answer = await host.Page.GetAsync(new Uri("/", UriKind.Relative)).Within();
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    private async Task<string> GetAsync(string path, string? type)
    {
        using var answer = await host.Page.GetAsync(new Uri(path, UriKind.Relative)).Within();
        answer.EnsureSuccessStatusCode();
        if (type is not null)
            Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        return await answer.Content.ReadAsStringAsync().Within();
    }

    [GeneratedRegex("(src|href)=\"(?<path>[^\":]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LocalReference();

    // An address with a scheme, or one that starts with two slashes inside quotes or brackets.
    [GeneratedRegex("""(https?|wss?)://|["'(]//""", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OtherHost();
}
