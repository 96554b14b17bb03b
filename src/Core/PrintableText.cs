using System.Globalization;
using System.Net;
using System.Text;

namespace Kestrel.Streams;

/// <summary>
/// Text of somebody else, for a message: what would end its line, move the cursor of a terminal, turn the direction of the text or not show
/// at all stands as <c>\u001B</c>.
/// </summary>
internal static class PrintableText
{
    /// <summary>An address as messages show it: a path or a name of a Unix socket may have anything in it; empty where there is none.</summary>
    public static string Of(EndPoint? endPoint) => endPoint?.ToString() is { } text ? Of(text) : "";

    public static string Of(string text)
    {
        if (IsPrintable(text)) return text;
        var printable = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length;)
        {
            var (isPrintable, length) = Look(text, i);
            if (isPrintable) printable.Append(text, i, length);
            else foreach (var letter in text.AsSpan(i, length)) printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
            i += length;
        }

        return printable.ToString();
    }

    private static bool IsPrintable(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var (isPrintable, length) = Look(text, i);
            if (!isPrintable) return false;
            i += length;
        }

        return true;
    }

    private static (bool IsPrintable, int Length) Look(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune)
        ? (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned), rune.Utf16SequenceLength)
        : (false, 1);
}
