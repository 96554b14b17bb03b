using System.Buffers.Text;
using System.Text.Unicode;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The lines of the load: the number of the connection, the number of the line, the time it was sent at, a sum over the three, and some filling.
/// Whoever knows the first three knows every byte.
/// </summary>
internal static class NumberedLine
{
    /// <summary>No line is longer.</summary>
    public const int MaxLength = 10_240;

    private static readonly byte[] _filling = [.. Enumerable.Range(0, MaxLength).Select(static i => (byte)('a' + (i % 23)))];

    /// <summary>Makes a line and returns its length.</summary>
    public static int Write(Span<byte> line, long connection, long sequence, long sentAt)
    {
        var sum = ((((connection * 31) + sequence) * 1_000_003) + sentAt) & 0xFFFFFF;
        Utf8.TryWrite(line, $"{connection} {sequence} {sentAt} {sum:x6} ", out var length);
        // Most are short; one of 32 does not fit the 4 KiB of a fresh receive buffer.
        var filling = (connection + sequence) % 32 == 0 ? 4_000 + (int)(sequence % 6_000) : (int)((connection + (7 * sequence)) % 100);
        _filling.AsSpan(0, filling).CopyTo(line[length..]);
        line[length + filling] = (byte)'\n';
        return length + filling + 1;
    }

    /// <summary>Whether this is the line with these numbers, every byte of it; and when it was sent.</summary>
    public static bool Is(ReadOnlySpan<byte> line, long connection, long sequence, out long sentAt)
    {
        sentAt = 0;
        Span<Range> parts = stackalloc Range[4];
        var spaces = 0;
        var start = 0;
        while (spaces < 3 && line[start..].IndexOf((byte)' ') is var length and >= 0)
        {
            parts[spaces++] = start..(start + length);
            start += length + 1;
        }

        if (spaces < 3 || !Utf8Parser.TryParse(line[parts[2]], out sentAt, out _))
            return false;
        Span<byte> expected = stackalloc byte[MaxLength];
        return line.SequenceEqual(expected[..Write(expected, connection, sequence, sentAt)]);
    }
}
