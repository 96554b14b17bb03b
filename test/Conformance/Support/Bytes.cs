using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Bytes whose every position is known, and the way between bytes and text.</summary>
internal static class Bytes
{
    /// <summary>More than any transport, with all its buffers, takes from a writer while its peer does not read.</summary>
    public const int MoreThanFits = 16 << 20;

    /// <summary>A sequence that looks different at every place, so that lost, doubled and swapped bytes all show.</summary>
    public static byte[] Known(int count)
    {
        var data = new byte[count];
        uint state = 2463534242;
        for (int i = 0; i < count; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            data[i] = (byte)state;
        }

        return data;
    }

    /// <summary>The known sequence as lines of zero to 200 bytes.</summary>
    public static byte[] KnownLines(int count)
    {
        byte[] data = Known(count);
        for (int i = 0, next = 0; i < count; i++)
        {
            if (data[i] == '\n')
                data[i] = 0;
            if (i == next)
            {
                next = i + 1 + (data[i] % 200);
                data[i] = (byte)'\n';
            }
        }

        return data;
    }

    public static byte[] Ascii(this string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(this byte[] data) => Encoding.Latin1.GetString(data);

    public static string Text(this ReadOnlyMemory<byte> data) => Encoding.Latin1.GetString(data.Span);

    public static void AssertSame(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual)
    {
        int same = expected.Span.CommonPrefixLength(actual.Span);
        Assert.True(
            same == expected.Length && same == actual.Length,
            $"The bytes differ at {same}: {expected.Length} bytes were expected, {actual.Length} came.");
    }
}
