using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The data the conversations are about.</summary>
internal static class Samples
{
    public const int Mebibyte = 1024 * 1024;

    public static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    public static byte[] NumberedLines(int count) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i}\n"))));

    public static byte[] LineOf(int length)
    {
        var line = new byte[length + 1];
        Array.Fill(line, (byte)'x', 0, length);
        line[length] = (byte)'\n';
        return line;
    }

    public static byte[] Digits(int length) => RandomNumberGenerator.GetItems("0123456789"u8, length);

    public static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);

    public static string Sha256(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
