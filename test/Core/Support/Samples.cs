using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Bytes and texts of tests.</summary>
internal static class Samples
{
    public static byte[] ToBytes(this string text) => Encoding.UTF8.GetBytes(text);

    public static string ToText(this byte[] data) => Encoding.UTF8.GetString(data);

    public static string ToText(this ReadOnlyMemory<byte> data) => Encoding.UTF8.GetString(data.Span);

    /// <summary>Known bytes in which a lost, doubled or exchanged one shows.</summary>
    public static byte[] Sequence(int count)
    {
        var data = new byte[count];
        for (var i = 0; i < count; i++) data[i] = (byte)((i * 31) ^ (i >> 8));
        return data;
    }
}
