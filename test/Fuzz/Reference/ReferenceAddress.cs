using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>Addresses as bytes in hex and a port, read by hand.</summary>
internal static partial class ReferenceAddress
{
    public static string? EndPoint(string address, string port, bool isV4)
    {
        var bytes = isV4 ? V4(address) : V6(address);
        if (bytes is null || !Number().IsMatch(port) || int.Parse(port, CultureInfo.InvariantCulture) > 65535) return null;
        return Of(bytes, int.Parse(port, CultureInfo.InvariantCulture));
    }

    public static string Of(byte[] address, int port) => string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexString(address)} {port}");

    /// <summary>Two addresses and two ports, as version 2 has them.</summary>
    public static (string Source, string Destination) Pair(byte[] bytes)
    {
        var size = (bytes.Length - 4) / 2;
        var ports = 2 * size;
        return (Of(bytes[..size], (bytes[ports] * 256) + bytes[ports + 1]), Of(bytes[size..ports], (bytes[ports + 2] * 256) + bytes[ports + 3]));
    }

    /// <summary>A path ends at its first NUL; an abstract name begins with one, and ends where only such follow.</summary>
    public static string UnixPath(byte[] bytes)
    {
        var end = bytes.Length;
        if (bytes[0] != 0 && Array.IndexOf(bytes, (byte)0) is >= 0 and var first) end = first;
        while (end > 0 && bytes[end - 1] == 0) end--;
        var name = Encoding.UTF8.GetString(bytes, 0, end);
        return name.StartsWith('\0') ? "@" + name[1..] : name;
    }

    /// <summary>Bit by bit, as RFC 4960 has it.</summary>
    public static uint Crc32C(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var item in data)
        {
            crc ^= item;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }

    private static byte[]? V4(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 4 || !parts.All(static part => part.Length <= 3 && Number().IsMatch(part) && int.Parse(part, CultureInfo.InvariantCulture) <= 255)) return null;
        return [.. parts.Select(static part => byte.Parse(part, CultureInfo.InvariantCulture))];
    }

    /// <summary>RFC 4291, 2.2: eight groups; once <c>::</c> for one or more of zeros; the last two may be written as IPv4.</summary>
    private static byte[]? V6(string text)
    {
        var halves = text.Split("::");
        if (halves.Length > 2) return null;
        var front = Groups(halves[0], isLast: halves.Length == 1);
        if (halves.Length == 1) return front?.Length == 16 ? front : null;
        var back = Groups(halves[1], isLast: true);
        return front is null || back is null || front.Length + back.Length > 14
            ? null
            : [.. front, .. new byte[16 - front.Length - back.Length], .. back];
    }

    private static byte[]? Groups(string text, bool isLast)
    {
        if (text.Length == 0) return [];
        var parts = text.Split(':');
        var bytes = new List<byte>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (isLast && i == parts.Length - 1 && parts[i].Contains('.', StringComparison.Ordinal))
            {
                if (V4(parts[i]) is not { } four) return null;
                bytes.AddRange(four);
                continue;
            }

            if (!Group().IsMatch(parts[i])) return null;
            var group = int.Parse(parts[i], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            bytes.AddRange([(byte)(group >> 8), (byte)group]);
        }

        return [.. bytes];
    }

    [GeneratedRegex("^(?:0|[1-9][0-9]{0,4})\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Number();

    [GeneratedRegex("^[0-9A-Fa-f]{1,4}\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Group();
}
