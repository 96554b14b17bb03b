namespace Kestrel.Streams.Tests;

/// <summary>
/// What connections were shown of one room. Each must be a piece without a hole of one and the same sequence of lines: then none has missed a line,
/// none was shown one twice, and all saw them in one order, in which every sender's lines are in his.
/// </summary>
internal static class Slices
{
    public static void AreOfOneSequence(IEnumerable<IReadOnlyList<string>> slices)
    {
        var next = new Dictionary<string, string>();
        foreach (var slice in slices)
        {
            Assert.Equal(slice.Count, slice.Distinct().Count());
            foreach (var (line, following) in slice.Zip(slice.Skip(1)))
            {
                if (!next.TryAdd(line, following)) Assert.True(next[line] == following, $"After '{line}' some were shown '{next[line]}', and others '{following}'.");
            }

            foreach (var sender in slice.Where(static line => line.StartsWith("talker", StringComparison.Ordinal)).Select(static line => line.Split(' ')).GroupBy(static words => words[1]))
            {
                var numbers = sender.Select(static words => int.Parse(words[3])).ToList();
                Assert.Equal(numbers.Order(), numbers);
            }
        }
    }

    /// <summary>Each piece has the end of the one before: who came back was shown all that he had missed.</summary>
    public static void GoOn(IReadOnlyList<IReadOnlyList<string>> connections)
    {
        foreach (var (before, after) in connections.Zip(connections.Skip(1)))
        {
            if (before.Count > 0) Assert.True(after.Contains(before[^1]), $"A connection ended with '{before[^1]}', and the next one of {after.Count} lines began after it with '{(after.Count > 0 ? after[0] : "none")}'.");
        }
    }
}
