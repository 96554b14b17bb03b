using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A page that is followed as a person would: what is to be done is read from what the page shows, and from nothing else.
/// <list type="bullet">
/// <item>A block behind <c>`server/Program.cs`:</c> is saved in that file.</item>
/// <item>A block of commands is typed in; one that is announced <c>in a terminal of its own</c> goes on while the next ones are typed.</item>
/// <item>A block of text behind it is what it prints; <c>...</c> stands for what is different each time, alone on a line for any lines.</item>
/// <item>A block of text behind <c>the terminal of `dotnet run`</c> is what that one prints from there on; where the sentence has
/// <c>Ctrl+C</c> in it, that is pressed first, and the program must end.</item>
/// </list>
/// </summary>
internal sealed partial record Recipe(string Page, IReadOnlyList<RecipeStep> Steps)
{
    public static Recipe Of(string page) => Of(page, Pages.Lines(page));

    public static Recipe Of(string page, string[] lines)
    {
        var steps = new List<RecipeStep>();
        foreach (var block in CodeBlock.In(page, lines))
        {
            var words = ParagraphBefore(lines, block.Line - 1);
            if (block.Language != "text") steps.Add(block.Language == "sh" ? Typed(block, words) : Saved(block, words));
            else if (TerminalOf().Match(words) is { Success: true } look)
                steps.Add(new LookStep(block.Line, look.Groups["commands"].Value, words.Contains("Ctrl+C", StringComparison.Ordinal), block.Text));
            else if (steps is [.., TypeStep { Shown: null } typed])
                steps[^1] = typed with { Shown = block.Text };
            else
                throw new InvalidDataException($"{block} shows something that no command prints: put it behind its commands, or name 'the terminal of `...`'.");
        }

        return new Recipe(page, steps);
    }

    private static TypeStep Typed(CodeBlock block, string words) =>
        new(block.Line, block.Text, words.Contains("terminal of its own", StringComparison.Ordinal), Shown: null);

    private static SaveStep Saved(CodeBlock block, string words) => FileName().Match(words) is { Success: true } file
        ? new SaveStep(block.Line, file.Groups["file"].Value, block.Text)
        : throw new InvalidDataException($"{block} does not say where to save it: end the paragraph before it with the file, as `server/Program.cs`:");

    /// <summary>The lines right before a block, as one; none where another block is there.</summary>
    private static string ParagraphBefore(string[] lines, int fence)
    {
        var end = fence;
        while (end > 0 && lines[end - 1].Length == 0) end--;
        var start = end;
        while (start > 0 && lines[start - 1].Length > 0 && !lines[start - 1].StartsWith("```", StringComparison.Ordinal)) start--;
        return string.Join(' ', lines[start..end]);
    }

    [GeneratedRegex("`(?<file>[^`]+)`:$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileName();

    [GeneratedRegex("terminal of `(?<commands>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TerminalOf();
}
