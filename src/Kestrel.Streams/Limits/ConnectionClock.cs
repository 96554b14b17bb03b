using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Since when a connection has been doing what it does. Only <see cref="ConnectionWatch"/> looks at it.</summary>
/// <remarks>A change is seen at the next look and counts from there: what is over is never so too early.</remarks>
internal sealed class ConnectionClock(ConnectionStream stream, StreamServerOptions options)
{
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly long _start = options.TimeProvider.GetTimestamp();
    private Seen _received = new(-1, options.TimeProvider.GetTimestamp());
    private Seen _read;
    private Seen _sent;
    private bool _outputIsOver;
    private bool _lifeIsOver;
    private bool _graceIsOver;

    /// <summary>Whether nothing more is to be told of the input.</summary>
    public bool InputIsOver { get; set; }

    /// <summary>The read that was under way at the last look; 0 for none.</summary>
    public long Read => _read.Value;

    /// <summary>What has just become over, or null. Each is told once, but for what is said of the input: that is over when <see cref="InputIsOver"/> is set.</summary>
    public ConnectionTimeout? Look()
    {
        var now = _time.GetTimestamp();
        // What nobody waits for stands still without a fault of the peer (unread bytes may lie in the kernel): then the time begins anew.
        _received = stream.Input.IsWaitedFor ? _received.At(stream.BytesReceived, now) : new Seen(-1, now);
        _read = !stream.ShakesHands && stream.Input.ReadUnderWay is var read and not 0 ? _read.At(read, now) : new Seen(0, now);
        // What the kernel has taken is not what the peer takes: a buffer of some megabytes may be a minute of a slow line. And a peer that
        // has taken everything waits for us.
        var untaken = stream.Output.IsHeldUp ? stream.Transport.CountUntaken() : 0;
        _sent = untaken == 0 ? new Seen(-1, now) : _sent.At(stream.BytesSent - (untaken ?? 0), now);

        if (IsOver(_start, now, options.MaxConnectionLifetime, ref _lifeIsOver)) return ConnectionTimeout.Lifetime;
        var grace = options.ShutdownTimeout == Timeout.InfiniteTimeSpan ? null : options.MaxConnectionLifetime + options.ShutdownTimeout;
        if (_lifeIsOver && IsOver(_start, now, grace, ref _graceIsOver)) return ConnectionTimeout.LifetimeGrace;
        if (IsOver(_sent.Since, now, options.WriteTimeout, ref _outputIsOver)) return ConnectionTimeout.Write;
        if (InputIsOver) return null;
        if (IsOver(_read.Since, now, options.ReadTimeout)) return ConnectionTimeout.Read;
        if (IsOver(_received.Since, now, options.IdleTimeout)) return ConnectionTimeout.Idle;
        return null;
    }

    private bool IsOver(long since, long now, TimeSpan? limit, ref bool isOver) => !isOver && (isOver = IsOver(since, now, limit));

    private bool IsOver(long since, long now, TimeSpan? limit) =>
        limit is { } span && span != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(since, now) >= span;

    /// <summary>A count, and since when it has been that.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Seen(long Value, long Since)
    {
        public Seen At(long value, long now) => value == Value ? this : new Seen(value, now);
    }
}
