using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>A file to a socket within the kernel: sendfile(2) of Linux.</summary>
internal static partial class KernelFile
{
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN

    /// <summary>Sends what the socket, which is non-blocking, takes at once.</summary>
    /// <returns>
    /// The number of bytes; 0 when there is no room now, or no file any more; -1 when this cannot be done. The reason shows when
    /// the bytes are copied instead: that tells a fault of the file from one of the connection.
    /// </returns>
    public static long TrySend(SafeSocketHandle socket, SafeFileHandle file, long offset, long count)
    {
        // The offset is 64 bits wide under this name on 64-bit systems only.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return -1;
        while (true)
        {
            var sent = SendFile(socket, file, ref offset, (nint)count);
            if (sent >= 0) return sent;
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted: break;
                case WouldBlock: return 0;
                default: return -1;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, ref long offset, nint count);
}
