using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>What a page shows of an output, where <c>...</c> stands for what is different each time: alone on a line, for any lines.</summary>
internal static class ShownText
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    /// <summary>Where it ends in the output, or null while not all of it is there.</summary>
    public static int? EndIn(string output, string shown) =>
        Regex.Match(output, @"\A" + Pattern(shown), RegexOptions.None, _limit) is { Success: true, Length: var length } ? length : null;

    /// <summary>Whether it is all of the output.</summary>
    public static bool IsAllOf(string output, string shown) => Regex.IsMatch(output, $@"\A{Pattern(shown)}\z", RegexOptions.None, _limit);

    // A terminal shows no carriage returns, and a page no empty end of the last line.
    private static string Pattern(string shown) => string.Concat(shown.Split('\n').Select(static line => line == "..."
        ? @"(?:[^\n]*\n)*?"
        : string.Join("[^\n]*?", line.Split("...").Select(Regex.Escape)) + @"\r?\n"));
}
