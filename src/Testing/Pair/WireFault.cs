namespace Kestrel.Streams.Testing;

/// <summary>What goes wrong on one direction, and behind which byte of it.</summary>
public sealed class WireFault
{
    private WireFault(WireFaultKind kind, long place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        Kind = kind;
        Place = place;
    }

    internal WireFaultKind Kind { get; }

    /// <summary>How many bytes arrive before it.</summary>
    internal long Place { get; }

    /// <summary>
    /// The connection is reset, both ways, as soon as the receiver has so many bytes. Both ends get an <see cref="IOException"/> with a
    /// <see cref="System.Net.Sockets.SocketException"/> inside; what they have not received then is lost.
    /// </summary>
    /// <param name="bytes">How many bytes arrive before it; zero for a connection that is broken from the start.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below zero.</exception>
    public static WireFault ResetAfter(long bytes) => new(WireFaultKind.Reset, bytes);

    /// <summary>The receiver sees the end of its input behind so many bytes. What is sent behind them vanishes, and the sender is not told.</summary>
    /// <param name="bytes">How many bytes arrive before it.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below zero.</exception>
    public static WireFault EndAfter(long bytes) => new(WireFaultKind.End, bytes);

    /// <summary>Behind so many bytes nothing arrives any more, for ever: neither bytes nor an end. The sender goes on until the room is full.</summary>
    /// <param name="bytes">How many bytes arrive before it.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below zero.</exception>
    public static WireFault StallAfter(long bytes) => new(WireFaultKind.Stall, bytes);

    /// <summary>The text form, for the message of a test that fails.</summary>
    /// <returns>The text; its form may change.</returns>
    public override string ToString() => $"{Kind} after {Place} bytes";
}
