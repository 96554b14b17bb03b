using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>What some bytes are: <c>needs</c> more of them, <c>invalid</c>, or a <c>whole</c> header with all that it says.</summary>
internal sealed record ProxyReading(string State, int Length = 0, int Version = 0, bool IsLocal = false, string Source = "", string Destination = "", string Tlvs = "");

/// <summary>
/// The PROXY protocol once more, from its specification and slowly: regular expressions for version 1, one read after the other for
/// version 2. It shares nothing with the parser under test, not even the base library's reading of addresses.
/// </summary>
internal static partial class ReferenceProxy
{
    private const int LongestHeader = 16 * 1024;
    private static readonly ProxyReading _needs = new("needs"), _invalid = new("invalid");
    private static readonly byte[] _signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly int[] _addressLengths = [0, 12, 36, 216];

    public static ProxyReading Parse(byte[] data)
    {
        if (Begins(data, _signature)) return data.Length < 16 ? _needs : Binary(data);
        if (!Begins(data, "PROXY "u8)) return _invalid;
        var text = Encoding.Latin1.GetString(data);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0 && text.Length < 107) return _needs;
        if (end is < 0 or > 106) return _invalid;
        return Text(text[..(end + 1)]);
    }

    private static bool Begins(byte[] data, ReadOnlySpan<byte> signature)
    {
        for (var i = 0; i < data.Length && i < signature.Length; i++)
        {
            if (data[i] != signature[i]) return false;
        }

        return true;
    }

    private static ProxyReading Text(string line)
    {
        if (UnknownLine().IsMatch(line)) return new("whole", line.Length, 1);
        if (AddressLine().Match(line) is not { Success: true } match) return _invalid;
        var isV4 = match.Groups["family"].Value == "4";
        var source = ReferenceAddress.EndPoint(match.Groups["source"].Value, match.Groups["sport"].Value, isV4);
        var destination = ReferenceAddress.EndPoint(match.Groups["destination"].Value, match.Groups["dport"].Value, isV4);
        return source is null || destination is null ? _invalid : new("whole", line.Length, 1, Source: source, Destination: destination);
    }

    private static ProxyReading Binary(byte[] data)
    {
        var (version, command, family, transport) = (data[12] >> 4, data[12] & 15, data[13] >> 4, data[13] & 15);
        if (version != 2 || command > 1) return _invalid;
        var isLocal = command == 0;
        if (!isLocal && (family > 3 || transport > 2)) return _invalid;
        var length = 16 + (data[14] * 256) + data[15];
        if (length > LongestHeader) return _invalid;
        if (data.Length < length) return _needs;

        var rest = data[16..length];
        var addresses = family <= 3 ? _addressLengths[family] : 0;
        var tells = !isLocal && family != 0 && transport != 0;
        var tlvs = rest.Length < addresses ? null : Tlvs(rest, addresses);
        if (tlvs is null && tells) return _invalid;
        tlvs ??= [];
        if (!AreGood(tlvs, data[..length])) return _invalid;
        var (source, destination) = !tells ? ("", "") : family == 3
            ? (ReferenceAddress.UnixPath(rest[..108]), ReferenceAddress.UnixPath(rest[108..216]))
            : ReferenceAddress.Pair(rest[..addresses]);
        return new("whole", length, 2, isLocal, source, destination, string.Join(' ', tlvs.Select(static tlv => $"{tlv.Type}:{Convert.ToHexString(tlv.Value)}")));
    }

    private static List<(int Type, byte[] Value, int At)>? Tlvs(byte[] bytes, int at)
    {
        var tlvs = new List<(int, byte[], int)>();
        while (at < bytes.Length)
        {
            if (at + 3 > bytes.Length) return null;
            var end = at + 3 + (bytes[at + 1] * 256) + bytes[at + 2];
            if (end > bytes.Length) return null;
            tlvs.Add((bytes[at], bytes[(at + 3)..end], at + 3));
            at = end;
        }

        return tlvs;
    }

    /// <summary>The checksum, the length of the unique id, the form of what is said of TLS: of each the first.</summary>
    private static bool AreGood(List<(int Type, byte[] Value, int At)> tlvs, byte[] header)
    {
        if (tlvs.Find(static tlv => tlv.Type == 5) is { Value.Length: > 128 }) return false;
        if (tlvs.Find(static tlv => tlv.Type == 0x20) is { Value: { } tls } && (tls.Length < 5 || Tlvs(tls, 5) is null)) return false;
        if (tlvs.Find(static tlv => tlv.Type == 3) is not { Value: { } checksum, At: var at }) return true;
        if (checksum.Length != 4) return false;
        header.AsSpan(16 + at, 4).Clear();
        return ReferenceAddress.Crc32C(header) == BinaryPrimitives.ReadUInt32BigEndian(checksum);
    }

    [GeneratedRegex("^PROXY UNKNOWN(?: [^\n]*)?\r\n$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex UnknownLine();

    [GeneratedRegex("^PROXY TCP(?<family>4|6) (?<source>[^ ]*) (?<destination>[^ ]*) (?<sport>[^ ]*) (?<dport>[^ \r]*)\r\n$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex AddressLine();
}
