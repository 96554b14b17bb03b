using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>What the kernel knows about TCP sockets: the only witness that one is really gone.</summary>
internal static class KernelSockets
{
    private const string SynSent = "02";

    /// <summary>How many sockets wait for an answer from the port.</summary>
    public static int HalfOpenTo(int port) => To(port).Count(state => state == SynSent);

    private static IEnumerable<string> To(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return from line in File.ReadAllLines("/proc/net/tcp")
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[2].EndsWith(suffix, StringComparison.Ordinal)
               select fields[3];
    }
}
