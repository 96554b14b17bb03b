using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams;

/// <summary>Version 1: one line of text, such as <c>PROXY TCP4 192.0.2.1 192.0.2.2 56324 443</c> with CR and LF.</summary>
internal static class ProxyTextHeader
{
    private const int LongestLine = 107;

    public static ReadOnlySpan<byte> Signature => "PROXY "u8;

    public static ProxyParse Parse(ReadOnlySpan<byte> data)
    {
        var end = data[..Math.Min(data.Length, LongestLine)].IndexOf((byte)'\n');
        if (end < 0)
            return data.Length < LongestLine ? ProxyParse.Needs(data.Length + 1) : ProxyParse.Invalid($"its PROXY line does not end within {LongestLine} bytes");
        if (end == 0 || data[end - 1] != '\r') return ProxyParse.Invalid("its PROXY line ends without CR and LF");

        var line = Encoding.Latin1.GetString(data[..(end - 1)]);
        return Read(line) is { } header ? ProxyParse.Whole(header, end + 1) : ProxyParse.Invalid("its PROXY line has not the form that the specification gives");
    }

    private static ProxyHeader? Read(string line)
    {
        // Whatever follows that word is to be ignored.
        if (line == "PROXY UNKNOWN" || line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal)) return Of(source: null, destination: null);
        if (line.Split(' ') is not ["PROXY", "TCP4" or "TCP6", _, _, _, _] fields) return null;
        var family = fields[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        return EndPointOf(fields[2], fields[4], family) is { } source && EndPointOf(fields[3], fields[5], family) is { } destination
            ? Of(source, destination)
            : null;
    }

    private static ProxyHeader Of(EndPoint? source, EndPoint? destination) => new(1, ProxyCommand.Proxy, source, destination, []);

    private static IPEndPoint? EndPointOf(string address, string port, AddressFamily family)
    {
        var parsed = family == AddressFamily.InterNetwork ? ParseV4(address) : ParseV6(address);
        return parsed is not null && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IsCanonical(port)
            ? new IPEndPoint(parsed, number)
            : null;
    }

    /// <summary>A number with a zero in front could be meant as an octal one; and the base library overlooks NULs at the end.</summary>
    private static bool IsCanonical(string number) => (number.Length == 1 || number[0] != '0') && number[^1] != '\0';

    /// <summary>The base library reads more forms than the one that it writes.</summary>
    private static IPAddress? ParseV4(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text ? address : null;

    /// <summary>Of what the base library reads, no scope, no brackets; the last 32 bits may be written as IPv4.</summary>
    private static IPAddress? ParseV6(string text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character) && character is not (':' or '.')) return null;
        }

        if (text.Contains('.', StringComparison.Ordinal) && ParseV4(text[(text.LastIndexOf(':') + 1)..]) is null) return null;
        return IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? address : null;
    }
}
