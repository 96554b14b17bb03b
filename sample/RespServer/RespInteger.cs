using System.Buffers.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>Integers as Redis takes them: in one form only, so without a plus sign, spaces and zeros in front.</summary>
internal static class RespInteger
{
    public static bool TryParse(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        return text is [(byte)'0'] or [>= (byte)'1' and <= (byte)'9', ..] or [(byte)'-', >= (byte)'1' and <= (byte)'9', ..]
            && Utf8Parser.TryParse(text, out number, out var taken)
            && taken == text.Length;
    }

    public static byte[] Format(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return digits[..length].ToArray();
    }
}
