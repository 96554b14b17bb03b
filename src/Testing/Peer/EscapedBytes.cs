using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Testing;

/// <summary>Bytes as a C# literal shows them, so that each one can be seen: <c>"caf\xC3\xA9\r\n"</c>.</summary>
internal static class EscapedBytes
{
    // What is longer is cut in its middle.
    private const int Most = 400;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        if (bytes.Length <= Most)
        {
            Append(text, bytes);
        }
        else
        {
            Append(text, bytes[..(Most / 2)]);
            text.Append(CultureInfo.InvariantCulture, $"\" ({bytes.Length - Most} bytes more) \"");
            Append(text, bytes[^(Most / 2)..]);
        }

        return text.Append('"').ToString();
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            _ = one switch
            {
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'"' => text.Append("\\\""),
                (byte)'\\' => text.Append(@"\\"),
                >= 0x20 and < 0x7F => text.Append((char)one),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{one:X2}"),
            };
        }
    }
}
