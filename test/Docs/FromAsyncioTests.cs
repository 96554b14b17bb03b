namespace Kestrel.Streams.Tests;

/// <summary>Every row of the table of docs/from-asyncio.md names the tests that hold it, and they are there.</summary>
public class FromAsyncioTests
{
    private const string Page = "docs/from-asyncio.md";

    public static TheoryData<string> AllRows => [.. Rows()];

    [Theory]
    [MemberData(nameof(AllRows))]
    public void A_row_is_held_by_a_test(string row)
    {
        var cells = row.Split('|', StringSplitOptions.TrimEntries)[1..^1];
        Assert.Equal(4, cells.Length);
        TestLink.AssertHeldBy(cells[^1]);
    }

    [Fact]
    public void The_table_is_not_lost() => Assert.True(Rows().Count() > 80, $"{Page} has only {Rows().Count()} rows.");

    private static IEnumerable<string> Rows()
    {
        var lines = Pages.Lines(Page);
        var head = Array.FindIndex(lines, static line => line.StartsWith("| asyncio |", StringComparison.Ordinal));
        return lines.Skip(head + 2).TakeWhile(static line => line.StartsWith('|'));
    }
}
