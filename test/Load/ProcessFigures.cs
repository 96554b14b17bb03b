using System.IO.Enumeration;

namespace Kestrel.Streams.Tests;

/// <summary>What the system tells of a process.</summary>
internal sealed class ProcessFigures(int id)
{
    /// <summary>Resident bytes.</summary>
    public long Memory => Status("VmRSS:") * 1024;

    public int Threads => (int)Status("Threads:");

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors => new FileSystemEnumerable<int>($"/proc/{id}/fd", static (ref _) => 0).Count();

    /// <summary>How many of these are sockets. The others are those of the code, which is loaded as it is needed.</summary>
    public int Sockets => Directory.GetFiles($"/proc/{id}/fd").Count(static path =>
    {
        try
        {
            return new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false;
        }
        catch (IOException)
        {
            return false;   // it has just been closed
        }
    });

    private long Status(string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
    }
}
