using System.Buffers;

namespace Kestrel.Streams;

/// <summary>Where the blocks of all streams come from.</summary>
internal static class BlockPool
{
    /// <summary>The pool of the streams that are made from now on. A test may put in one that looks after its blocks.</summary>
    public static ArrayPool<byte> Current { get; set; } = ArrayPool<byte>.Shared;
}
