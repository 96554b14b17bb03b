using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The first message of a TLS 1.2 client, made by hand: no library would send such a name.</summary>
internal static class ClientHello
{
    public static byte[] Of(byte[] serverName)
    {
        byte[] name = [0, .. Sized(2, serverName)];
        byte[] extensions =
        [
            .. Extension(0, Sized(2, name)),
            .. Extension(10, Sized(2, [0, 23, 0, 24])), // the curves P-256 and P-384
            .. Extension(11, Sized(1, [0])),
            .. Extension(13, Sized(2, [4, 3, 8, 4, 4, 1])), // ECDSA and RSA with SHA-256
        ];
        byte[] hello = [3, 3, .. Encoding.ASCII.GetBytes("not so random, but 32 bytes long"), 0, .. Sized(2, [0xC0, 0x2B, 0xC0, 0x2F]), .. Sized(1, [0]), .. Sized(2, extensions)];
        return Record(22, [1, .. Sized(3, hello)]);
    }

    /// <summary>A record, whatever is in it.</summary>
    public static byte[] Record(byte type, byte[] content) => [type, 3, 1, .. Sized(2, content)];

    private static byte[] Extension(byte type, byte[] content) => [0, type, .. Sized(2, content)];

    private static byte[] Sized(int size, byte[] content) => [.. Enumerable.Range(1, size).Select(i => (byte)(content.Length >> (8 * (size - i)))), .. content];
}
