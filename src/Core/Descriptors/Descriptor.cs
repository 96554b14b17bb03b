using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>An open file, pipe, socket or device of Linux, which is read or written without waiting.</summary>
/// <remarks>
/// O_NONBLOCK belongs to the open file and not to the descriptor, and others may share that: the shell its terminal, the programs of
/// a pipeline their pipe. So it is never set where there is another way. A socket takes it with each call. A pipe is opened once
/// more, for a file of our own. Everything else is asked before it is read.
/// </remarks>
internal sealed unsafe class Descriptor : IDisposable
{
    private readonly SafeHandle _handle;
    private readonly IDisposable _given;
    private readonly SafeFileHandle? _own;

    private Descriptor(SafeHandle handle, IDisposable given, DescriptorKind kind, SafeFileHandle? own) =>
        (_handle, _given, Kind, _own) = (handle, given, kind, own);

    public DescriptorKind Kind { get; }

    /// <summary>What was given to be closed: the handle, or the stream it is taken from.</summary>
    public object Given => _given;

    /// <summary>What the kernel is asked about: not the file of our own, which never hangs up where no writer came after it was opened.</summary>
    public SafeHandle Handle => _handle;

    /// <summary>Whether a write that does not fit returns at once; otherwise it keeps its thread.</summary>
    public bool WritesNeverBlock => Kind is DescriptorKind.Pipe or DescriptorKind.Socket;

    /// <summary>Takes over a handle.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="given">What to dispose of at the end: the handle, or the stream it is taken from.</param>
    /// <param name="mode">Reading or writing.</param>
    /// <exception cref="ArgumentException">The handle is closed, of a kind that is refused, or open for the other way only.</exception>
    public static Descriptor Open(SafeHandle handle, IDisposable given, StreamMode mode)
    {
        var parameter = given is Stream ? "stream" : nameof(handle);
        var kind = KindOf(handle, mode, parameter);
        var flags = Checked(Libc.Fcntl(handle, Libc.F_GETFL, 0));
        if (mode == StreamMode.Read && (flags & Libc.O_ACCMODE) == Libc.O_WRONLY)
            throw new ArgumentException($"The {parameter} is open for writing only: give the reading end of the pipe.", parameter);
        if (mode == StreamMode.Write && (flags & Libc.O_ACCMODE) == Libc.O_RDONLY)
            throw new ArgumentException($"The {parameter} is open for reading only: give the writing end of the pipe.", parameter);
        return new Descriptor(handle, given, kind, kind == DescriptorKind.Pipe ? OpenOwn(handle, mode, flags) : null);
    }

    /// <summary>Tells the kind, and refuses what cannot be used in that way.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="mode">Reading or writing.</param>
    /// <param name="parameter">What the caller's caller knows the handle as.</param>
    /// <exception cref="ArgumentException">The handle is closed, or of a kind that is refused.</exception>
    public static DescriptorKind KindOf(SafeHandle handle, StreamMode mode, string parameter)
    {
        const int AtEmptyPath = 0x1000, StatxType = 1;
        if (handle.IsInvalid || handle.IsClosed) throw new ArgumentException($"The {parameter} is closed: give an open one.", parameter);
        byte emptyPath = 0;
        Libc.Statx facts;
        if (Libc.StatType(handle, &emptyPath, AtEmptyPath, StatxType, &facts) < 0)
            throw new ArgumentException($"The {parameter} cannot be used: {Reason()}; give an open one.", parameter);
        var kind = (facts.Mode & 0xF000) switch
        {
            0x1000 => DescriptorKind.Pipe,
            0xC000 => DescriptorKind.Socket,
            0x2000 => DescriptorKind.Device,
            0x8000 => DescriptorKind.RegularFile,
            _ => DescriptorKind.Other,
        };
        return kind switch
        {
            DescriptorKind.Other => throw new ArgumentException(
                $"The {parameter} is of a directory, a disk or the like: give that of a pipe, a FIFO, a socket or a character device.", parameter),
            DescriptorKind.RegularFile when mode == StreamMode.Write => throw new ArgumentException(
                $"The {parameter} is of a regular file: give that of a pipe, a FIFO, a socket or a character device, or write the file with a FileStream.",
                parameter),
            _ => kind,
        };
    }

    /// <summary>Whether a read would not wait.</summary>
    public bool IsReadable() => Poll() != 0;

    /// <summary>Reads what is there; false when a read would wait.</summary>
    public bool TryRead(Span<byte> buffer, out int count)
    {
        count = 0;
        if (Kind is DescriptorKind.Device or DescriptorKind.RegularFile && !IsReadable()) return false;
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = Kind == DescriptorKind.Socket
                    ? Libc.Receive(_handle, start, (nuint)buffer.Length, Libc.MSG_DONTWAIT)
                    : Libc.Read(_own ?? _handle, start, (nuint)buffer.Length);
            }
            while (result < 0 && IsToBeRepeated());
            if (result < 0) return false;
            count = (int)result;
        }

        // A FIFO that no writer has opened yet looks ended too, but has not hung up.
        return count > 0 || Kind != DescriptorKind.Pipe || (Poll() & Libc.POLLHUP) != 0;
    }

    /// <summary>Writes what fits; 0 when a write would wait. Where writes block it waits until some is written.</summary>
    public int Write(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint result;
            do
            {
                // Of a pipe that nobody reads, SIGPIPE would be the end: .NET ignores it for the whole process.
                result = Kind == DescriptorKind.Socket
                    ? Libc.Send(_handle, start, (nuint)data.Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL)
                    : Libc.Write(_own ?? _handle, start, (nuint)data.Length);
            }
            while (result < 0 && IsToBeRepeated());
            return (int)Math.Max(result, 0);
        }
    }

    public void Dispose()
    {
        _own?.Dispose();
        try
        {
            _given.Dispose();
        }
        catch (IOException)
        {
            // A stream that flushes into a broken pipe is gone all the same.
        }
    }

    /// <summary>Another descriptor of the same open file.</summary>
    public static SafeFileHandle Duplicate(SafeHandle handle) =>
        new(Checked(Libc.Fcntl(handle, Libc.F_DUPFD_CLOEXEC, 0)), ownsHandle: true);

    /// <summary>What the last call ran into, as an exception: the one that <see cref="Socket"/> has for it, where there is one.</summary>
    public static Exception LastError() => Marshal.GetLastPInvokeError() switch
    {
        Libc.EPIPE => PeerGone(),
        Libc.ECONNRESET => Of(SocketError.ConnectionReset),
        Libc.ECONNABORTED => Of(SocketError.ConnectionAborted),
        Libc.ECONNREFUSED => Of(SocketError.ConnectionRefused),
        Libc.ENOTCONN => Of(SocketError.NotConnected),
        Libc.ETIMEDOUT => Of(SocketError.TimedOut),
        Libc.EHOSTUNREACH => Of(SocketError.HostUnreachable),
        Libc.ENETUNREACH => Of(SocketError.NetworkUnreachable),
        Libc.ENOBUFS => Of(SocketError.NoBufferSpaceAvailable),
        _ => new IOException(Reason()),
    };

    /// <summary>What a writer sees when nobody reads any more.</summary>
    public static SocketException PeerGone() => new((int)SocketError.Shutdown);

    private static SocketException Of(SocketError error) => new((int)error);

    private static string Reason() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    private static int Checked(int result) => result < 0 ? throw LastError() : result;

    /// <summary>After a call that failed: true when a signal was in its way, false when it would wait.</summary>
    public static bool IsToBeRepeated() => Marshal.GetLastPInvokeError() switch
    {
        Libc.EINTR => true,
        Libc.EAGAIN => false,
        _ => throw LastError(),
    };

    /// <summary>The same pipe once more, non-blocking for us alone.</summary>
    private static SafeFileHandle? OpenOwn(SafeHandle handle, StreamMode mode, int flags)
    {
        if ((flags & Libc.O_NONBLOCK) != 0) return null;
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");
        var way = mode == StreamMode.Read ? Libc.O_RDONLY : Libc.O_WRONLY;
        var own = Libc.Open(path, way | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (own >= 0) return new SafeFileHandle(own, ownsHandle: true);
        // There is no /proc, or the pipe is another user's: then all who share it see it non-blocking, as with asyncio.
        Checked(Libc.Fcntl(handle, Libc.F_SETFL, flags | Libc.O_NONBLOCK));
        return null;
    }

    private short Poll()
    {
        var held = false;
        try
        {
            _handle.DangerousAddRef(ref held);
            var one = new Libc.PollFd { Descriptor = (int)_handle.DangerousGetHandle(), Events = Libc.POLLIN };
            while (Libc.Poll(&one, 1, 0) < 0)
                IsToBeRepeated();
            return one.Returned;
        }
        finally
        {
            if (held) _handle.DangerousRelease();
        }
    }
}
