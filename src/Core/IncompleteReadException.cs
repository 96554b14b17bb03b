namespace Kestrel.Streams;

/// <summary>
/// The input ended before the read had what it asked for. asyncio: <c>IncompleteReadError</c>.
/// </summary>
/// <remarks>Everything that had arrived is in <see cref="Partial"/>; the receive buffer is empty afterwards.</remarks>
public sealed class IncompleteReadException : EndOfStreamException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="partial">The bytes that arrived before the end.</param>
    /// <param name="expected">The number of bytes asked for, or null when the read waited for a separator.</param>
    public IncompleteReadException(byte[] partial, long? expected)
        : base(Describe(partial, expected))
    {
        Partial = partial;
        Expected = expected;
    }

    /// <summary>The bytes that arrived before the end, a part of the separator included. asyncio: <c>partial</c>.</summary>
    public byte[] Partial { get; }

    /// <summary>The number of bytes asked for, or null when the read waited for a separator. asyncio: <c>expected</c>.</summary>
    public long? Expected { get; }

    private static string Describe(byte[] partial, long? expected)
    {
        ArgumentNullException.ThrowIfNull(partial);
        return expected is { } count
            ? $"{partial.Length} bytes read on a total of {count} expected bytes: the input ended; see Partial for what had arrived."
            : $"{partial.Length} bytes read before the separator came: the input ended; see Partial for what had arrived.";
    }
}
