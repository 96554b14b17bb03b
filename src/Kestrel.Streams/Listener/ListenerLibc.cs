using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>The calls of the C library that a listener needs and the base class library does not offer, by their own names.</summary>
internal static unsafe partial class ListenerLibc
{
    public const int F_GETFD = 1, F_SETFD = 2, FD_CLOEXEC = 1;
    public const int ERANGE = 34, RLIMIT_NOFILE = 7;

    /// <summary><c>struct group</c>, alike in glibc, musl and macOS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Group
    {
        public nint Name;
        public nint Password;
        public uint Id;
        public nint Members;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    /// <summary><c>struct rlimit</c> of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(SafeHandle socket, ReadOnlySpan<byte> address, uint length);

    /// <summary>Returns the number of the error, and does not set it.</summary>
    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetGroup(string name, Group* group, byte* buffer, nuint length, Group** found);
}
