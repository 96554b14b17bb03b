using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A section of configuration out of an input: lines of <c>key=value</c>, with <c>\n</c>, <c>\0</c> and <c>\e</c> for what a line cannot have.
/// </summary>
internal static partial class Settings
{
    /// <summary>Keys and values of both sides.</summary>
    public static IReadOnlyList<byte[]> Words { get; } = ByteText.Tokens(
        "Limit=", "Backlog=", "MaxConnections=", "MaxConnectionsPerAddress=", "MaxAcceptsPerSecond=", "WhenFull=", "PartingBytes=", "IdleTimeout=", "ReadTimeout=", "ShutdownTimeout=",
        "HandshakeTimeout=", "AddressFamily=", "ReusePort=", "UnixFileMode=", "UnixGroup=", "Certificate:Path=", "Certificate:KeyPath=", "Certificate:Password=", "Endpoints:Main:Url=",
        "Endpoints:Main:Certificate:Path=", "Endpoints:Main:", "ProxyProtocol:TrustedSources:0=", "ProxyProtocol:Enabled=", "ProxyProtocol:Timeout=", "Url=", "Tls:CaFile=", "Tls:CertificateFile=", "Tls:KeyFile=",
        "ServerHostname=", "LocalEndPoint=", "KeepAlive=", "Interleave=", "HappyEyeballsDelay=", "Retry:Delay=", "Retry:MaxAttempts=", "ConnectTimeout=", "\n", "=", ":", "\\n", "\\0", "\\e[31m",
        "true", "Infinite", "00:00:30", "49.00:00:00", "Reject", "Wait", "InterNetworkV6", "660", "10.0.0.0/8", "::/0", "tcp://127.0.0.1:1", "tls://h:1", "unix:@n", "unix:/run/x", "fd:3", "good.pem", "ca.pem", "NaN", "1e400");

    public static IConfiguration Of(string section, byte[] input)
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in ByteText.Of(input).Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) data[$"{section}:{Unescape(line[..equals])}"] = Unescape(line[(equals + 1)..]);
        }

        return new ConfigurationBuilder().AddInMemoryCollection(data).Build();
    }

    /// <summary>Each fault is one line that can be printed, has the path in front, and ends like a sentence.</summary>
    /// <returns>The faults, without what they quote.</returns>
    public static string Check(IEnumerable<string> faults, string section)
    {
        var kinds = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var fault in faults)
        {
            Assert.StartsWith(section, fault, StringComparison.Ordinal);
            Assert.EndsWith(".", fault, StringComparison.Ordinal);
            Assert.DoesNotContain(fault, static letter => char.IsControl(letter) || letter is '\u2028' or '\u2029');
            kinds.Add(Quoted().Replace(fault[section.Length..], "''"));
        }

        return string.Join('|', kinds);
    }

    private static string Unescape(string text) =>
        text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\0", "\0", StringComparison.Ordinal).Replace("\\e", "\u001b", StringComparison.Ordinal);

    [GeneratedRegex("'.*'|[0-9]+|\\(.*\\)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Quoted();
}
