using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>The part of a file that is still to be sent.</summary>
/// <remarks>
/// It holds the handle until <see cref="Release"/>, also past the dispose of the <see cref="FileStream"/>: a descriptor that is closed
/// meanwhile could be another file's by now.
/// </remarks>
internal sealed class FileRange
{
    private readonly long _end;

    private FileRange(FileStream file, SafeFileHandle handle, long offset, long count)
    {
        Name = file.Name;
        Handle = handle;
        Offset = offset;
        _end = offset + count;
        var held = false;
        handle.DangerousAddRef(ref held);
    }

    /// <summary>The path of the file.</summary>
    public string Name { get; }

    public SafeFileHandle Handle { get; }

    /// <summary>Where the rest begins.</summary>
    public long Offset { get; private set; }

    /// <summary>The number of bytes that are left.</summary>
    public long Length => _end - Offset;

    /// <summary>Whether some of it has been taken.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Whether the kernel cannot send it by itself.</summary>
    public bool IsCopied { get; set; }

    /// <summary>Checks the arguments of a call; nothing has been sent when they are refused.</summary>
    public static FileRange Of(FileStream file, long offset, long? count)
    {
        if (!file.CanRead) throw new ArgumentException("The file cannot be read: give one that is open for reading.", nameof(file));
        if (!file.CanSeek) throw new ArgumentException("The file has no positions, as a pipe or a terminal: give a regular file, or copy it.", nameof(file));
        // Writes out what the FileStream holds in its buffer; its position stays.
        var handle = file.SafeFileHandle;
        var length = RandomAccess.GetLength(handle);
        if (offset > length)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"The file has {length} bytes and the offset is {offset}: begin within the file.");
        if (count > length - offset)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), count, $"The file has {length - offset} bytes from offset {offset} on and the count is {count}: ask for no more than there are.");
        }

        return new FileRange(file, handle, offset, count ?? length - offset);
    }

    /// <summary>Reads the next bytes, at least one.</summary>
    /// <exception cref="IOException">They cannot be read, or are not there any more.</exception>
    public int Read(byte[] block)
    {
        int read;
        try
        {
            read = RandomAccess.Read(Handle, block.AsSpan(0, (int)Math.Min(block.Length, Length)), Offset);
        }
        catch (Exception e) when (e is not IOException)
        {
            throw new IOException($"The file {Name} cannot be read at {Offset} ({e.Message.TrimEnd('.')}): the {Length} bytes from there on were not sent.", e);
        }

        if (read > 0) return read;
        throw new IOException(
            $"The file {Name} has become shorter: it ends before byte {_end}, and the {Length} bytes from {Offset} on were not sent; close or abort the stream where the peer was told to expect them.");
    }

    public void Advance(long count)
    {
        Offset += count;
        IsBegun = true;
    }

    public void Release() => Handle.DangerousRelease();
}
