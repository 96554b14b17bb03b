using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Headers of the PROXY protocol as proxies write them.</summary>
internal static class ProxyBytes
{
    public const byte TcpOverV4 = 0x11, TcpOverV6 = 0x21, UnixStream = 0x31;
    private const byte Crc = 0x03;

    public static byte[] Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    public static byte[] Text(IPEndPoint source, IPEndPoint destination)
    {
        var family = source.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n");
    }

    /// <summary>The binary form of the addresses, for a client's connection over TCP or a Unix socket.</summary>
    public static byte[] Binary(EndPoint source, EndPoint destination, params (byte Type, byte[] Value)[] tlvs)
    {
        var family = source.AddressFamily switch
        {
            AddressFamily.InterNetwork => TcpOverV4,
            AddressFamily.InterNetworkV6 => TcpOverV6,
            _ => UnixStream,
        };
        return Binary(0x21, family, [.. Addresses(source, destination), .. Tlvs(tlvs)]);
    }

    public static byte[] Binary(byte versionAndCommand, byte family, params byte[] rest)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)rest.Length));
        return [.. Signature, versionAndCommand, family, .. length, .. rest];
    }

    /// <summary>The same header with a checksum as its last value.</summary>
    public static byte[] WithChecksum(byte[] header)
    {
        byte[] longer = [.. header, .. Tlvs([(Crc, new byte[4])])];
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(14), checked((ushort)(longer.Length - 16)));
        BinaryPrimitives.WriteUInt32BigEndian(longer.AsSpan(longer.Length - 4), Crc32C(longer));
        return longer;
    }

    public static byte[] Tlvs(params (byte Type, byte[] Value)[] tlvs) =>
        [.. tlvs.SelectMany(static tlv => (byte[])[tlv.Type, (byte)(tlv.Value.Length >> 8), (byte)tlv.Value.Length, .. tlv.Value])];

    private static byte[] Addresses(EndPoint source, EndPoint destination)
    {
        if (source is not IPEndPoint { Address: var from, Port: var fromPort } || destination is not IPEndPoint { Address: var to, Port: var toPort })
            return [.. UnixPath(source), .. UnixPath(destination)];
        return [.. from.GetAddressBytes(), .. to.GetAddressBytes(), (byte)(fromPort >> 8), (byte)fromPort, (byte)(toPort >> 8), (byte)toPort];
    }

    private static byte[] UnixPath(EndPoint endPoint)
    {
        var path = new byte[108];
        var name = endPoint.ToString()!;
        Encoding.UTF8.GetBytes(name.StartsWith('@') ? "\0" + name[1..] : name, path);
        return path;
    }

    /// <summary>Bit by bit, as RFC 4960 has it, and not the way of the code under test.</summary>
    private static uint Crc32C(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var item in data)
        {
            crc ^= item;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }
}
