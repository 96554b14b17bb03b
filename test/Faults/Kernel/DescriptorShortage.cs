using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>A shortage of file descriptors in this process, to be disposed of. Only for processes of <see cref="ChildPrograms"/>.</summary>
internal sealed partial class DescriptorShortage : IDisposable
{
    private const int NumberOfFiles = 7, Allowed = 512;

    private readonly Stack<SafeFileHandle> _held = new();

    /// <param name="left">How many are left.</param>
    public DescriptorShortage(int left)
    {
        // The system gives the lowest number that is free. Not until none is left: the runtime would be short of them too.
        while (_held.Count == 0 || _held.Peek().DangerousGetHandle() < Allowed - 1 - left) _held.Push(File.OpenHandle("/dev/null"));
    }

    /// <summary>Allows the process so few that a test can take them all; at its beginning, because a server looks once.</summary>
    public static void Begin()
    {
        Limits limits = default;
        Check(GetLimits(NumberOfFiles, ref limits));
        limits.Soft = Allowed;
        Check(SetLimits(NumberOfFiles, ref limits));
    }

    /// <summary>All come back.</summary>
    public void Dispose()
    {
        while (_held.TryPop(out var held)) held.Dispose();
    }

    private static void Check(int result)
    {
        if (result != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public ulong Soft;
        public ulong Hard;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimits(int resource, ref Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimits(int resource, ref Limits limits);
}
