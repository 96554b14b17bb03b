using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>The last file descriptors of the process, which no connection is accepted for.</summary>
/// <remarks>
/// On Linux .NET takes two for each thread that it starts, and ends the process when it cannot start certain ones of its own, such as the
/// gate of its thread pool. A server that accepted until nothing is left would be ended by the next thing that it does.
/// </remarks>
internal static class DescriptorMargin
{
    private const int Size = 16;

    // The system gives the lowest number that is free, so that a number tells how many are taken.
    private static volatile int _end = FindEnd();

    /// <summary>Whether a descriptor that was just given is one of the last.</summary>
    public static bool IsIn(nint descriptor) => descriptor >= _end;

    /// <summary>Whether the next one would be none of the last.</summary>
    /// <param name="open">One that is open, to see by a copy of it what the next one is.</param>
    public static bool HasRoom(SafeHandle open)
    {
        if (!OperatingSystem.IsLinux()) return true;
        try
        {
            _end = FindEnd();
            using var next = Descriptor.Duplicate(open);
            return !IsIn(next.DangerousGetHandle());
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true; // nothing is accepted any more
        }
    }

    /// <summary>That they have come to be needed, as an exception.</summary>
    public static IOException Reached() => new($"Too many open files: the process may have {_end + Size}, and the last {Size} are left for its threads and files; raise the limit (ulimit -n, LimitNOFILE)");

    private static int FindEnd() =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && ListenerLibc.GetLimit(ListenerLibc.RLIMIT_NOFILE, out var limit) == 0 && limit.Soft < int.MaxValue
            ? (int)limit.Soft - Size
            : int.MaxValue - Size;
}
