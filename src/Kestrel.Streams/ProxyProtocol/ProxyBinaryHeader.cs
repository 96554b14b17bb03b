using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Kestrel.Streams;

/// <summary>
/// Version 2: 12 bytes of signature, version and command, family and transport, the length of the rest; then two addresses, and values.
/// </summary>
internal static class ProxyBinaryHeader
{
    /// <summary>The longest header that is taken. Real ones have some hundred bytes, unless a whole certificate is among their values.</summary>
    public const int LongestHeader = 16 * 1024;

    private const int FixedLength = 16;
    private const int LongestUniqueId = 128;
    private const int UnixPathLength = 108;

    private enum Family
    {
        Unspecified,
        V4,
        V6,
        Unix,
    }

    private enum Transport
    {
        Unspecified,
        Stream,
        Datagram,
    }

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyParse Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < FixedLength) return ProxyParse.Needs(FixedLength);
        var (version, command) = (data[12] >> 4, (ProxyCommand)(data[12] & 0xF));
        if (version != 2) return ProxyParse.Invalid($"its PROXY header is of version {version}, not 1 or 2");
        if (command is not (ProxyCommand.Local or ProxyCommand.Proxy)) return ProxyParse.Invalid($"its PROXY header has the unknown command {(int)command}");
        var (family, transport) = ((Family)(data[13] >> 4), (Transport)(data[13] & 0xF));
        if (command == ProxyCommand.Proxy && (family > Family.Unix || transport > Transport.Datagram))
            return ProxyParse.Invalid($"its PROXY header has the unknown family and transport 0x{data[13]:x2}");

        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(data[14..]);
        if (length > LongestHeader) return ProxyParse.Invalid($"its PROXY header has {length} bytes, more than {LongestHeader}");
        return data.Length < length ? ProxyParse.Needs(length) : ParseRest(data[..length], command, family, transport);
    }

    private static ProxyParse ParseRest(ReadOnlySpan<byte> data, ProxyCommand command, Family family, Transport transport)
    {
        ReadOnlyMemory<byte> rest = data[FixedLength..].ToArray();
        // Without both the specification has the addresses ignored, whatever they are. Datagrams are those of a client over QUIC.
        var hasAddresses = command == ProxyCommand.Proxy && family != Family.Unspecified && transport != Transport.Unspecified;
        var addresses = AddressesLength(family);
        var tlvs = rest.Length < addresses ? null : ProxyTlvs.Read(rest[addresses..]);
        if (tlvs is null && hasAddresses) return ProxyParse.Invalid("the addresses or values of its PROXY header do not fill its length");

        var (source, destination) = hasAddresses ? ReadAddresses(rest.Span, family) : (null, null);
        var header = new ProxyHeader(2, command, source, destination, tlvs ?? []);
        if (!IsChecksumRight(data, FixedLength + addresses, header.Tlvs)) return ProxyParse.Invalid("the checksum of its PROXY header is wrong");
        if (header.UniqueId?.Length > LongestUniqueId) return ProxyParse.Invalid($"the unique id in its PROXY header is longer than {LongestUniqueId} bytes");
        if (header.Tls is null && header.Tlvs.Find(ProxyTlvType.Ssl) is not null) return ProxyParse.Invalid("the value for TLS in its PROXY header is malformed");
        return ProxyParse.Whole(header, data.Length);
    }

    private static int AddressesLength(Family family) => family switch
    {
        Family.V4 => 2 * (4 + sizeof(ushort)),
        Family.V6 => 2 * (16 + sizeof(ushort)),
        Family.Unix => 2 * UnixPathLength,
        _ => 0,
    };

    private static (EndPoint Source, EndPoint Destination) ReadAddresses(ReadOnlySpan<byte> data, Family family)
    {
        if (family == Family.Unix) return (UnixEndPoint(data[..UnixPathLength]), UnixEndPoint(data.Slice(UnixPathLength, UnixPathLength)));
        var size = family == Family.V4 ? 4 : 16;
        var ports = data[(2 * size)..];
        return (
            new IPEndPoint(new IPAddress(data[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(data.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(ports[sizeof(ushort)..])));
    }

    /// <summary>A path, which ends at its NUL; an abstract name, which begins with one; or nothing: most clients have no name.</summary>
    private static EndPoint UnixEndPoint(ReadOnlySpan<byte> path)
    {
        const int PathOffset = sizeof(ushort);
        if (path[0] != 0 && path.IndexOf((byte)0) is > 0 and var end) path = path[..end];
        path = path.TrimEnd((byte)0);
        var address = new SocketAddress(AddressFamily.Unix, PathOffset + path.Length);
        path.CopyTo(address.Buffer.Span[PathOffset..]);
        return new UnixDomainSocketEndPoint("/").Create(address);
    }

    /// <summary>Whether the CRC32C, where there is one, is that of the header with zeros in its place.</summary>
    private static bool IsChecksumRight(ReadOnlySpan<byte> header, int start, IReadOnlyList<ProxyTlv> tlvs)
    {
        foreach (var tlv in tlvs)
        {
            start += ProxyTlvs.PrefixLength;
            if (tlv.Type == ProxyTlvType.Crc32C)
            {
                if (tlv.Value.Length != sizeof(uint)) return false;
                var crc = Crc32C(header[..start], uint.MaxValue);
                crc = Crc32C([0, 0, 0, 0], crc);
                crc = Crc32C(header[(start + sizeof(uint))..], crc);
                return ~crc == BinaryPrimitives.ReadUInt32BigEndian(tlv.Value.Span);
            }

            start += tlv.Value.Length;
        }

        return true;
    }

    private static uint Crc32C(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (var item in data) crc = BitOperations.Crc32C(crc, item);
        return crc;
    }
}
