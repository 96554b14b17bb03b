namespace Kestrel.Streams.Tests;

/// <summary>How many descriptors a process may have. .NET raises its own limit up to the hard one when it starts, here and in the server.</summary>
internal static class DescriptorLimit
{
    /// <summary>Skips the test where a process may not have so many.</summary>
    public static void Allows(int count)
    {
        var hard = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        if (hard != "unlimited" && long.Parse(hard) < count)
            Assert.Skip($"It takes {count} descriptors in a process, and the hard limit is {hard} (ulimit -Hn); ./test.sh raises it when run as root.");
    }
}
