using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Makes one input out of others: a few changes at once, of the kinds that find faults in parsers.</summary>
internal sealed class Mutator(Random random, Target target)
{
    private static readonly byte[] _interesting = [0, 1, 0x0A, 0x0D, 0x1B, 0x20, 0x22, 0x25, 0x2F, 0x3A, 0x40, 0x5B, 0x5D, 0x7B, 0x7F, 0x80, 0xC2, 0xE2, 0xFE, 0xFF];
    private static readonly string[] _numbers = ["0", "00", "1", "-1", "+1", "65535", "65536", "2147483647", "2147483648", "4294967296", "99999999999999999999", "0x10", "1e3", " 1", "1 "];

    public byte[] Mutate(byte[] input, IReadOnlyList<byte[]> others)
    {
        var bytes = input.ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--) Change(bytes, others);
        if (bytes.Count > target.Longest) bytes.RemoveRange(target.Longest, bytes.Count - target.Longest);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> others)
    {
        var at = random.Next(bytes.Count + 1);
        var isThere = at < bytes.Count;
        switch (random.Next(11))
        {
            case 0 when isThere:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when isThere:
                bytes[at] = random.Next(2) == 0 ? Pick(_interesting) : (byte)random.Next(256);
                break;
            case 2:
                bytes.Insert(at, random.Next(2) == 0 ? Pick(_interesting) : (byte)random.Next(256));
                break;
            case 3 when isThere:
                bytes.RemoveRange(at, Length(bytes.Count - at));
                break;
            case 4 when isThere:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, Length(bytes.Count - at)));
                break;
            case 5:
                Splice(bytes, at, Pick(others));
                break;
            case 6 when target.Tokens.Count > 0:
                bytes.InsertRange(at, Pick(target.Tokens));
                break;
            case 7 when target.Tokens.Count > 0:
                Splice(bytes, at, Pick(target.Tokens));
                break;
            case 8 when at + 1 < bytes.Count:
                WriteLength(bytes, at);
                break;
            case 9:
                ReplaceNumber(bytes, at);
                break;
            case 10 when isThere:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    /// <summary>Writes a piece of another one over a place.</summary>
    private void Splice(List<byte> bytes, int at, byte[] other)
    {
        if (other.Length == 0) return;
        var from = random.Next(other.Length);
        var piece = other.AsSpan(from, Length(other.Length - from));
        bytes.RemoveRange(at, Math.Min(piece.Length, bytes.Count - at));
        bytes.InsertRange(at, piece);
    }

    /// <summary>Two bytes that say how much follows, or nearly, or something far off.</summary>
    private void WriteLength(List<byte> bytes, int at)
    {
        var rest = bytes.Count - at - 2;
        var length = random.Next(4) switch
        {
            0 => rest,
            1 => rest + random.Next(-3, 4),
            2 => random.Next(300),
            _ => Pick([0, 1, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF]),
        };
        var two = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(two, unchecked((ushort)length));
        (bytes[at], bytes[at + 1]) = (two[0], two[1]);
    }

    private void ReplaceNumber(List<byte> bytes, int from)
    {
        var at = bytes.FindIndex(from, static item => char.IsAsciiDigit((char)item));
        if (at < 0) return;
        var end = bytes.FindIndex(at, static item => !char.IsAsciiDigit((char)item));
        bytes.RemoveRange(at, (end < 0 ? bytes.Count : end) - at);
        var number = random.Next(2) == 0 ? Pick(_numbers) : random.Next(70_000).ToString(CultureInfo.InvariantCulture);
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(number));
    }

    /// <summary>Short ones above all.</summary>
    private int Length(int most) => Math.Min(most, random.Next(4) == 0 ? random.Next(1, most + 1) : random.Next(1, 9));

    private T Pick<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];
}
