using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

/// <summary>For a moment the process gets no further descriptor.</summary>
internal sealed unsafe partial class DescriptorLimit : IDisposable
{
    private const int Descriptors = 7; // RLIMIT_NOFILE

    private readonly Limit _before;

    private DescriptorLimit()
    {
        Limit now;
        Assert.Equal(0, Get(Descriptors, &now));
        _before = now;
        now.Soft = 3;
        Assert.Equal(0, Set(Descriptors, &now));
    }

    public static DescriptorLimit Exhausted() => new();

    public void Dispose()
    {
        var before = _before;
        _ = Set(Descriptors, &before);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, Limit* limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
