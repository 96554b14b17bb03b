namespace Kestrel.Streams;

/// <content>How long a connection may take for what it does.</content>
/// <remarks>
/// One timer looks at all connections of the server. A timeout is never early, and late by a quarter of the shortest of them, at most
/// half a second, twice at worst.
/// </remarks>
public partial class StreamServerOptions
{
    /// <summary>
    /// How long a read may wait for a byte of its peer; above zero; null, for ever, unless set. Every byte begins it anew; what is written, and
    /// the time in which the handler does not read, do not count. Then that read throws <see cref="IOException"/> with a
    /// <see cref="TimeoutException"/> inside, and so does every later one that needs more than what is buffered; writing still works, so that a
    /// handler can say goodbye. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan? IdleTimeout { get; set => field = TimerSpan(value); }

    /// <summary>
    /// How long one read may take, from its call to its end, also when bytes come all the time: a peer that sends its line a byte a minute is
    /// over it, where <see cref="IdleTimeout"/> would never be. Above zero; null, for ever, unless set. Then that read and later ones fail as
    /// with <see cref="IdleTimeout"/>. asyncio has none: <c>wait_for</c> there.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan? ReadTimeout { get; set => field = TimerSpan(value); }

    /// <summary>
    /// How long a peer may take none of the bytes that wait for it while a write waits (on Linux the peer's own acknowledgements count,
    /// elsewhere what the system's buffers take); above zero; null, for ever, unless set. Then the connection is aborted:
    /// writes throw <see cref="ObjectDisposedException"/> with the <see cref="TimeoutException"/> inside. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan? WriteTimeout { get; set => field = TimerSpan(value); }

    /// <summary>
    /// How long a connection may live; above zero; null, for ever, unless set. Then it ends as at the stop of the server: the handler's
    /// <c>stopping</c> fires and its input ends; it is aborted when it is still there after <see cref="ShutdownTimeout"/>. asyncio has none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan? MaxConnectionLifetime { get; set => field = TimerSpan(value); }

    /// <summary>
    /// How long the server goes on as ever when the host stops, with its health check unhealthy already, so that a load balancer turns away
    /// first; zero unless set. Only for servers of <c>AddStreamServer</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero or more than a timer can count.</exception>
    public TimeSpan DrainDelay { get; set => field = Wait(value, nameof(DrainDelay)); }

    /// <summary>
    /// The clock of the limits and timeouts, but for <see cref="HandshakeTimeout"/> and <see cref="ShutdownTimeout"/>, which run on the
    /// system's; the system's unless set. A test gives its own.
    /// </summary>
    public TimeProvider TimeProvider
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    }

    = TimeProvider.System;
}
