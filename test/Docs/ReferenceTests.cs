namespace Kestrel.Streams.Tests;

/// <summary>That docs/api.md leads to a page for each public type, without a warning of the tool. In a copy: nothing is left in the checkout.</summary>
public class ReferenceTests
{
    private const string Serve = " --serve ";

    [Fact]
    public async Task Every_public_type_has_a_page()
    {
        var folder = Directory.CreateTempSubdirectory("ks-reference");
        try
        {
            var block = CodeBlock.In(Path.Combine("docs", "api.md")).Single(static block => block.Language == "sh").Text;
            Assert.Contains(Serve, block, StringComparison.Ordinal);
            await using (var terminal = new Terminal(
                $"""
                (cd '{Pages.Root}' && tar --exclude=bin --exclude=obj -cf - .config .editorconfig *.props *.config *.json *.txt *.md docs src) | tar -xf -
                {block.Replace(Serve, " --warningsAsErrors ", StringComparison.Ordinal)}
                """,
                folder.FullName,
                new Dictionary<string, string>(StringComparer.Ordinal) { ["MSBUILDDISABLENODEREUSE"] = "1" }))
            {
                await terminal.EndsAsync(shown: null).Within(TimeSpan.FromMinutes(3));
            }

            var pages = Directory.EnumerateFiles(Path.Combine(folder.FullName, "artifacts", "reference", "site", "api")).Select(Path.GetFileName).ToHashSet();
            var types = new[] { typeof(ConnectionStream), typeof(StreamServer), typeof(StreamClient), typeof(Testing.StreamPair) }
                .SelectMany(static one => one.Assembly.ExportedTypes)
                .Where(static type => !type.IsNested);
            Assert.All(types, type => Assert.Contains($"{type.FullName!.Replace('`', '-')}.html", pages));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
