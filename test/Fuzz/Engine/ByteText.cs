using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Bytes as text, whatever they are: UTF-8, and what is none becomes halves of surrogate pairs, which texts may have too.</summary>
internal static class ByteText
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var isGood = Rune.DecodeFromUtf8(bytes, out var rune, out var count) == System.Buffers.OperationStatus.Done;
            if (isGood) text.Append(rune);
            else text.Append((char)(0xDC00 + bytes[0]));
            bytes = bytes[(isGood ? count : 1)..];
        }

        return text.ToString();
    }

    /// <summary>Text as a target's token.</summary>
    public static IReadOnlyList<byte[]> Tokens(params string[] tokens) => [.. tokens.Select(Encoding.UTF8.GetBytes)];
}
