using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>What stands for a peer's text in messages: nothing that moves a cursor, ends a line or hides, and the text can be read back.</summary>
internal sealed partial class PrintableTarget : Target
{
    public override string Name => "printable";

    public override int Longest => 200;

    public override IReadOnlyList<byte[]> Tokens { get; } = ByteText.Tokens("\u001b]0;", "\r\n", "\0", "\u0085", "\u009b", "\u2028", "\u202e", "\u200b", "\ufeff", "\ue000", "😀", "é", "\\u000A", "\\", "{0}", "\U000e0041");

    public override string Run(byte[] input)
    {
        var text = ByteText.Of(input);
        var printable = PrintableText.Of(text);
        foreach (var rune in printable.EnumerateRunes())
        {
            Assert.True(rune != Rune.ReplacementChar || text.Contains('\ufffd', StringComparison.Ordinal), "Half a letter is left.");
            Assert.DoesNotContain(Rune.GetUnicodeCategory(rune), new[] { UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator, UnicodeCategory.PrivateUse });
        }

        if (!text.Contains('\\', StringComparison.Ordinal))
            Assert.Equal(text, Escape().Replace(printable, static escape => ((char)int.Parse(escape.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));
        Assert.Equal(printable, PrintableText.Of(printable));
        return $"{printable == text}";
    }

    [GeneratedRegex("\\\\u[0-9A-F]{4}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Escape();
}
