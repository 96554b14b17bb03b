using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>A link of a page to a test, <c>[`Class.Method`](../test/File.cs)</c>, which says what holds a claim.</summary>
internal static partial class TestLink
{
    /// <summary>There is at least one, and each leads to a test.</summary>
    public static void AssertHeldBy(string cell)
    {
        var tests = Link().Matches(cell);
        Assert.NotEmpty(tests);
        Assert.All(tests, static test => Assert.Null(WhyNoTest(test.Groups["class"].Value, test.Groups["method"].Value, test.Groups["file"].Value)));
    }

    /// <summary>What is wrong with a link of a page of docs, or null.</summary>
    public static string? WhyNoTest(string className, string method, string file)
    {
        var path = Path.GetFullPath(Path.Combine(Pages.Root, "docs", file));
        if (!File.Exists(path)) return $"There is no {file}.";
        var text = File.ReadAllText(path);
        if (!Regex.IsMatch(text, $@"\bclass {className}\b", RegexOptions.None, TimeSpan.FromSeconds(1))) return $"There is no class {className} in {file}.";
        // The attribute that makes it a test is above it, with nothing but other attributes between.
        var test = $@"\[(Fact|Theory)\b[^\n]*\n(\s*\[[^\n]*\n)*\s*public (async )?(Task|ValueTask|void) {method}\(";
        return Regex.IsMatch(text, test, RegexOptions.None, TimeSpan.FromSeconds(1)) ? null : $"There is no test {method} in {file}.";
    }

    [GeneratedRegex(@"\[`(?<class>\w+)\.(?<method>\w+)`\]\((?<file>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
