using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>What .NET has no call for: FIFOs, terminals, and opening without waiting.</summary>
internal static partial class Unix
{
    private const int ReadWrite = 2, NoTerminal = 0x100, NonBlocking = 0x800, CloseOnExec = 0x80000;

    public static string MakeFifo(string path)
    {
        Check(Native.MakeFifo(path, 0b110_000_000));
        return path;
    }

    /// <summary>Opens for reading, also a FIFO that nobody writes yet.</summary>
    public static SafeFileHandle OpenNonBlocking(string path) => Handle(Native.Open(path, NonBlocking | CloseOnExec));

    /// <summary>A terminal: what its user types and sees, and what its program reads and writes.</summary>
    public static (SafeFileHandle User, SafeFileHandle Program) OpenTerminal()
    {
        var user = Native.OpenTerminal(ReadWrite | NoTerminal | CloseOnExec);
        Check(Native.UnlockTerminal(user));
        var name = new byte[100];
        Check(Native.NameOfTerminal(user, name, (nuint)name.Length));
        var path = Encoding.UTF8.GetString(name, 0, Array.IndexOf(name, (byte)0));
        return (Handle(user), Handle(Native.Open(path, ReadWrite | NoTerminal | CloseOnExec)));
    }

    private static SafeFileHandle Handle(int descriptor)
    {
        Check(descriptor);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void Check(int result) =>
        Assert.True(result >= 0, $"The call failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    private static partial class Native
    {
        [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int MakeFifo(string path, uint mode);

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
        public static partial int OpenTerminal(int flags);

        [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
        public static partial int UnlockTerminal(int user);

        [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
        public static partial int NameOfTerminal(int user, byte[] name, nuint length);
    }
}
