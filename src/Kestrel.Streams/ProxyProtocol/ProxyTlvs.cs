using System.Buffers.Binary;
using System.Text;

namespace Kestrel.Streams;

/// <summary>A row of type, length (two bytes) and value, as it stands behind the addresses and again within the value for TLS.</summary>
internal static class ProxyTlvs
{
    /// <summary>The bytes before a value: its type and its length.</summary>
    public const int PrefixLength = 3;

    /// <summary>Takes the row apart, without copying; null when its end does not fall together with the end of a value.</summary>
    public static IReadOnlyList<ProxyTlv>? Read(ReadOnlyMemory<byte> bytes)
    {
        var tlvs = new List<ProxyTlv>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < PrefixLength) return null;
            var end = PrefixLength + BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[1..]);
            if (bytes.Length < end) return null;
            tlvs.Add(new ProxyTlv(bytes.Span[0], bytes[PrefixLength..end]));
            bytes = bytes[end..];
        }

        return tlvs;
    }

    /// <summary>The first value of a type.</summary>
    public static ReadOnlyMemory<byte>? Find(this IReadOnlyList<ProxyTlv> tlvs, byte type)
    {
        foreach (var tlv in tlvs)
        {
            if (tlv.Type == type) return tlv.Value;
        }

        return null;
    }

    public static string? FindText(this IReadOnlyList<ProxyTlv> tlvs, byte type) =>
        tlvs.Find(type) is { } value ? Encoding.UTF8.GetString(value.Span) : null;
}
