using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>What strangers send, made fit for the terminals and pages of others.</summary>
internal static class ChatText
{
    /// <summary>The bytes that a line may have: a name, a command and about nine hundred for the text.</summary>
    public const int LongestLine = 1000;

    /// <summary>The characters that a name may have, of a user and of a room.</summary>
    public const int LongestName = 24;

    /// <summary>What names may be, for those who tried something else.</summary>
    public const string NameRule = "1 to 24 letters, digits, dots, hyphens and underscores, a letter first";

    /// <summary>The text of a line without its end; false when it is not UTF-8. What moves a cursor or does not show at all is left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(line) ? Clean(Encoding.UTF8.GetString(line)) : null;
        return text is not null;
    }

    public static bool IsName(string text) => text.Length is > 0 and <= LongestName && char.IsLetter(text, 0) && text.EnumerateRunes().All(IsOfName);

    /// <summary>Whether it is a name that nobody may take: guests get theirs from their node, and one's own lines are those of "you".</summary>
    public static bool IsReserved(string name) => IsGuest(name) || name.Equals("you", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a node has made that name, so that nobody has claimed it.</summary>
    public static bool IsGuest(string name) => name.StartsWith("guest", StringComparison.OrdinalIgnoreCase);

    private static bool IsOfName(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '-' or '_' || IsMark(rune);

    // Some scripts cannot be written without.
    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t') clean.Append(' ');
            else if (Shows(rune)) clean.Append(rune.ToString());
        }

        return clean.ToString().Trim();
    }

    private static bool Shows(Rune rune) => rune.Value == ZeroWidthJoiner || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // Between the parts of an emoji.
    private const int ZeroWidthJoiner = 0x200D;
}
