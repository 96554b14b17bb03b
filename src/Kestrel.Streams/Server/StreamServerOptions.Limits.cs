namespace Kestrel.Streams;

/// <content>How many connections there may be.</content>
public partial class StreamServerOptions
{
    /// <summary>
    /// How many connections the server may have at once, over all its endpoints, those that shake hands counted; above zero; null, no limit,
    /// unless set. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int? MaxConnections { get; set => field = Positive(value); }

    /// <summary>
    /// How many connections one remote IP address may have at once; above zero; null, no limit, unless set. Behind a proxy that tells it,
    /// the original address counts. Unix peers have no address and are not counted. One connection more is
    /// rejected, whatever <see cref="WhenFull"/> says. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int? MaxConnectionsPerAddress { get; set => field = Positive(value); }

    /// <summary>What becomes of a connection over <see cref="MaxConnections"/>; <see cref="WhenFull.Reject"/> unless set.</summary>
    public WhenFull WhenFull { get; set; }

    /// <summary>
    /// What a rejected connection is sent before its end, such as <c>"421 too many connections\r\n"u8.ToArray()</c>; none unless set. An
    /// endpoint with TLS sends none: its clients would take it for a broken handshake.
    /// </summary>
    public ReadOnlyMemory<byte> PartingBytes { get; set; }

    /// <summary>
    /// How many connections the server accepts in a second at most, over all its endpoints, 0.001 to 1,000,000; null, as many as come, unless set. The next ones wait in the
    /// <see cref="Backlog"/>. After a quiet time up to a tenth of it may come at once. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0.001 to 1,000,000.</exception>
    public double? MaxAcceptsPerSecond
    {
        get;
        set
        {
            if (value is not (null or >= 0.001 and <= 1_000_000))
                throw new ArgumentOutOfRangeException(nameof(value), value, $"MaxAcceptsPerSecond is {value}: it must be from 0.001 to 1000000, or null.");
            field = value;
        }
    }
}
