using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Finds what lies below a <see cref="Stream"/>, so that real asynchronous I/O is used where there is a way.</summary>
internal static class PipeSource
{
    public static StreamTransport Open(SafeHandle handle, StreamMode mode)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("A handle can be used on Linux only: give a Stream over it.");
        return DescriptorTransport.Open(handle, handle, mode);
    }

    public static StreamTransport Open(Stream stream, StreamMode mode)
    {
        if (mode == StreamMode.Read && !stream.CanRead)
            throw new ArgumentException("The stream cannot be read: give an open one, the reading end of the pipe.", nameof(stream));
        if (mode == StreamMode.Write && !stream.CanWrite)
            throw new ArgumentException("The stream cannot be written: give an open one, the writing end of the pipe.", nameof(stream));
        if (stream is PipeStream { IsConnected: false })
            throw new ArgumentException("The stream is closed or not connected: give an open, connected one.", nameof(stream));
        if (!OperatingSystem.IsLinux() || HandleOf(stream) is not { } handle) return new SystemStreamTransport(stream, mode);
        if (!stream.CanSeek) return DescriptorTransport.Open(handle, stream, mode);
        // A FileStream keeps its place in the file to itself, so it has to do the reading.
        Descriptor.KindOf(handle, mode, nameof(stream));
        return new SystemStreamTransport(stream, mode);
    }

    private static SafeHandle? HandleOf(Stream stream) => stream switch
    {
        PipeStream pipe => pipe.SafePipeHandle,
        FileStream file => file.SafeFileHandle,
        NetworkStream network => network.Socket.SafeHandle,
        _ => null,
    };
}
