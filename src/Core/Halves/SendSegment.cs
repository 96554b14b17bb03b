namespace Kestrel.Streams;

/// <summary>A part of the output that waits for its turn: a block of the send buffer, or the caller's memory or file of a pending write.</summary>
internal struct SendSegment
{
    public byte[]? Block;
    public int Start;
    public int End;
    public PendingWrite? Write;

    public readonly ReadOnlyMemory<byte> Data => Write is null ? Block.AsMemory(Start, End - Start) : Write.Data;

    public readonly FileRange? File => Write?.File;

    public readonly bool IsEmpty => File is null && Data.IsEmpty;

    public void Advance(int count)
    {
        if (Write is null) Start += count;
        else Write.Data = Write.Data[count..];
    }
}
