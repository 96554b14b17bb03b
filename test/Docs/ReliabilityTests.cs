namespace Kestrel.Streams.Tests;

/// <summary>Every row of the tables of docs/reliability.md names the tests that hold it, and they are there.</summary>
public class ReliabilityTests
{
    private const string Page = "docs/reliability.md";

    public static TheoryData<string> AllRows => [.. Rows()];

    [Theory]
    [MemberData(nameof(AllRows))]
    public void A_row_is_held_by_a_test(string row)
    {
        var cells = row.Split('|', StringSplitOptions.TrimEntries)[1..^1];
        Assert.Equal(5, cells.Length);
        Assert.All(cells[..3], Assert.NotEmpty);
        TestLink.AssertHeldBy(cells[^1]);
    }

    [Fact]
    public void The_tables_are_not_lost() => Assert.True(Rows().Count() > 40, $"{Page} has only {Rows().Count()} rows.");

    /// <summary>The rows of the tables that begin with a fault, without their heads.</summary>
    private static IEnumerable<string> Rows()
    {
        var isFault = false;
        foreach (var line in Pages.Lines(Page))
        {
            var isHead = line.StartsWith("| fault |", StringComparison.Ordinal);
            isFault = line.StartsWith('|') && (isFault || isHead);
            if (isFault && !isHead && !line.StartsWith("| ---", StringComparison.Ordinal)) yield return line;
        }
    }
}
