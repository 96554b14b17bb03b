namespace Kestrel.Streams.Tests;

/// <summary>What is sent in the races: lines that look different at every place, so that a byte that is lost, doubled or another's shows.</summary>
internal static class Content
{
    private static readonly byte[] _bytes = Bytes.KnownLines(4 << 20);

    public static int Length => _bytes.Length;

    public static ReadOnlyMemory<byte> At(int start, int count) => _bytes.AsMemory(start, count);

    /// <summary>Whether these bytes are the ones from there on.</summary>
    public static bool Has(int start, ReadOnlySpan<byte> data) => start >= 0 && _bytes.AsSpan(start, data.Length).SequenceEqual(data);

    /// <summary>These bytes are the ones from there on.</summary>
    public static void IsAt(int start, ReadOnlySpan<byte> data, string what)
    {
        var same = _bytes.AsSpan(start).CommonPrefixLength(data);
        Assert.True(
            same == data.Length,
            $"{what}: the bytes differ at {start} + {same} of {data.Length}, there is {Convert.ToHexString(data.Slice(same, Math.Min(16, data.Length - same)))}.");
    }
}
