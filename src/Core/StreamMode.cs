namespace Kestrel.Streams;

/// <summary>What a <see cref="ConnectionStream"/> can do. asyncio: <c>StreamMode</c>.</summary>
[Flags]
public enum StreamMode
{
    /// <summary>The stream can be read. asyncio: <c>StreamMode.READ</c>.</summary>
    Read = 1,

    /// <summary>The stream can be written. asyncio: <c>StreamMode.WRITE</c>.</summary>
    Write = 2,

    /// <summary>The stream can be read and written. asyncio: <c>StreamMode.READWRITE</c>.</summary>
    ReadWrite = Read | Write,
}
