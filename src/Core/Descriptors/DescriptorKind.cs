namespace Kestrel.Streams;

/// <summary>What a descriptor refers to.</summary>
internal enum DescriptorKind
{
    /// <summary>An anonymous pipe or a FIFO.</summary>
    Pipe,
    Socket,

    /// <summary>A character device: a terminal, <c>/dev/null</c>.</summary>
    Device,
    RegularFile,

    /// <summary>What cannot be read or written as a stream: a directory, a disk.</summary>
    Other,
}
