using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>Every row of the table of docs/from-asyncio.md names the tests that hold it, and they are there.</summary>
public partial class FromAsyncioTests
{
    private const string Page = "docs/from-asyncio.md";

    public static TheoryData<string> AllRows => [.. Rows()];

    [Theory]
    [MemberData(nameof(AllRows))]
    public void A_row_is_held_by_a_test(string row)
    {
        var cells = row.Split('|', StringSplitOptions.TrimEntries)[1..^1];
        Assert.Equal(4, cells.Length);
        var tests = TestLink().Matches(cells[^1]);
        Assert.NotEmpty(tests);
        Assert.All(tests, static test => Assert.Null(WhyNoTest(test.Groups["class"].Value, test.Groups["method"].Value, test.Groups["file"].Value)));
    }

    [Fact]
    public void The_table_is_not_lost() => Assert.True(Rows().Count() > 80, $"{Page} has only {Rows().Count()} rows.");

    [Fact]
    public void A_test_that_is_not_there_is_noticed()
    {
        const string here = "../test/Docs/FromAsyncioTests.cs";
        Assert.Null(WhyNoTest(nameof(FromAsyncioTests), nameof(A_row_is_held_by_a_test), here));
        Assert.NotNull(WhyNoTest(nameof(FromAsyncioTests), "No_such_test", here));
        Assert.NotNull(WhyNoTest(nameof(FromAsyncioTests), nameof(WhyNoTest), here));
        Assert.NotNull(WhyNoTest("OtherTests", nameof(A_row_is_held_by_a_test), here));
        Assert.NotNull(WhyNoTest(nameof(FromAsyncioTests), nameof(A_row_is_held_by_a_test), "../test/Docs/Missing.cs"));
    }

    private static IEnumerable<string> Rows()
    {
        var lines = Pages.Lines(Page);
        var head = Array.FindIndex(lines, static line => line.StartsWith("| asyncio |", StringComparison.Ordinal));
        return lines.Skip(head + 2).TakeWhile(static line => line.StartsWith('|'));
    }

    private static string? WhyNoTest(string className, string method, string file)
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
    private static partial Regex TestLink();
}
