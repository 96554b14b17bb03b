using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Testing;

/// <summary>How one direction of a <see cref="StreamPair"/> brings its bytes. The values are read once, when the pair is made.</summary>
public sealed class WireOptions
{
    /// <summary>Where the bytes are cut; nowhere unless set.</summary>
    /// <exception cref="ArgumentNullException">The value is null: take <see cref="Cuts.None"/>.</exception>
    public Cuts Cuts { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = Cuts.None;

    /// <summary>How long each byte, and the end, is on its way; none unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero.</exception>
    public TimeSpan Latency { get; set => field = NotNegative(value); }

    /// <summary>How long after one piece was received the next one comes; at once unless set. Pieces are what <see cref="Cuts"/> makes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero.</exception>
    public TimeSpan Pause { get; set => field = NotNegative(value); }

    /// <summary>
    /// How many bytes that nobody has received the direction holds, before a send has to wait; 65,536 unless set. A small one makes
    /// back-pressure felt soon.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int Room { get; set => field = Positive(value); } = 65536;

    /// <summary>What goes wrong, or null for nothing.</summary>
    public WireFault? Fault { get; set; }

    private static int Positive(int value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    private static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        return value;
    }
}
