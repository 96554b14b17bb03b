using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>How a <see cref="ConnectionStream"/> buffers. The values are read once, when the stream is made.</summary>
public class ConnectionStreamOptions
{
    /// <summary>
    /// The greatest length of a line or record in bytes, its separator not counted; above zero; 65,536 unless set.
    /// asyncio: <c>limit</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int Limit { get; set => field = Positive(value); } = ConnectionStream.DefaultLimit;

    /// <summary>
    /// <see cref="ConnectionStream.DrainAsync"/> waits while more unsent bytes than this are there; 65,536 unless set.
    /// asyncio: <c>set_write_buffer_limits(high)</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero.</exception>
    public int HighWaterMark { get; set => field = NotNegative(value); } = 65536;

    /// <summary>
    /// A waiting <see cref="ConnectionStream.DrainAsync"/> goes on when no more unsent bytes than this are there; 16,384 unless
    /// set; taken as <see cref="HighWaterMark"/> where it is greater. asyncio: <c>set_write_buffer_limits(low)</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero.</exception>
    public int LowWaterMark { get; set => field = NotNegative(value); } = 16384;

    /// <summary>
    /// How long <see cref="ConnectionStream.CloseAsync"/> tries to send what is unsent before it aborts; above zero, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>; 10 seconds unless set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan CloseTimeout { get; set => field = TimerSpan(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Whether this end accepted the connection; <see cref="ConnectionStream.IsServerSide"/> tells it.</summary>
    public bool IsServerSide { get; set; }

    /// <summary>The name of the connection in logs, or null to have one made; <see cref="ConnectionStream.Id"/> tells it.</summary>
    public string? Id { get; set; }

    internal static int Positive(int value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    internal static int NotNegative(int value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    internal static TimeSpan TimerSpan(TimeSpan value, [CallerMemberName] string name = "")
    {
        if (value != Timeout.InfiniteTimeSpan && (value <= TimeSpan.Zero || value.TotalMilliseconds > uint.MaxValue - 1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}: it must be above zero and at most 49 days, or Timeout.InfiniteTimeSpan.");
        return value;
    }
}
