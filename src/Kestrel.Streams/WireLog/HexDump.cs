using System.Globalization;
using System.Text;

namespace Kestrel.Streams;

/// <summary>Bytes as <c>xxd</c> shows them: offset, 16 bytes in hex, and the text.</summary>
internal static class HexDump
{
    /// <summary>The most bytes that are shown.</summary>
    public const int Bound = 1024;

    private const int PerLine = 16;

    public static string Of(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder();
        var shown = data[..Math.Min(data.Length, Bound)];
        for (var offset = 0; offset < shown.Length; offset += PerLine)
        {
            if (offset > 0) text.Append('\n');
            Append(text, offset, shown[offset..Math.Min(offset + PerLine, shown.Length)]);
        }

        if (shown.Length < data.Length) text.Append(CultureInfo.InvariantCulture, $"\n... and {data.Length - shown.Length} more bytes");
        return text.ToString();
    }

    private static void Append(StringBuilder text, int offset, ReadOnlySpan<byte> line)
    {
        text.Append(CultureInfo.InvariantCulture, $"{offset:x8}:");
        for (var i = 0; i < PerLine; i++)
        {
            if (i % 2 == 0) text.Append(' ');
            if (i < line.Length) text.Append(CultureInfo.InvariantCulture, $"{line[i]:x2}");
            else text.Append("  ");
        }

        text.Append("  ");
        foreach (var b in line) text.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
    }
}
