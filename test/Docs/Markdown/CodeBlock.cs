using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A fenced block of a page, and the comment right before it, which readers do not see and which says how to run it.
/// <code>
/// &lt;!-- run: handler
/// in: "hello\n"
/// out: "HELLO\n" --&gt;
/// </code>
/// <c>run</c> is one of <see cref="BlockRunner"/>'s ways; the others are C# expressions of type string.
/// </summary>
internal sealed partial record CodeBlock(string Page, int Line, string Language, string Text, IReadOnlyDictionary<string, string> Orders)
{
    public static IEnumerable<CodeBlock> In(string page) => In(page, Pages.Lines(page));

    public static IEnumerable<CodeBlock> In(string page, string[] lines)
    {
        for (var start = 0; start < lines.Length; start++)
        {
            var fence = FenceLine().Match(lines[start]);
            if (!fence.Success) continue;
            var end = Array.IndexOf(lines, "```", start + 1);
            if (end < 0) throw new InvalidDataException($"{page}:{start + 1} opens a block that nothing closes.");
            yield return new CodeBlock(
                page, start + 1, fence.Groups["language"].Value, string.Join('\n', lines[(start + 1)..end]), OrdersBefore(lines, start));
            start = end;
        }
    }

    public override string ToString() => $"{Page}:{Line}";

    private static Dictionary<string, string> OrdersBefore(string[] lines, int fence)
    {
        if (fence == 0 || !lines[fence - 1].EndsWith("-->", StringComparison.Ordinal)) return [];
        var start = Array.FindLastIndex(lines, fence - 1, static line => line.StartsWith("<!--", StringComparison.Ordinal));
        var comment = string.Join('\n', lines[start..fence]);
        return OrderLine().Matches(comment["<!--".Length..^"-->".Length])
            .ToDictionary(static order => order.Groups["name"].Value, static order => order.Groups["value"].Value.Trim());
    }

    [GeneratedRegex("^ {0,3}```(?<language>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FenceLine();

    [GeneratedRegex(@"^\s*(?<name>run|in|out|prints|shows):(?<value>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OrderLine();
}
