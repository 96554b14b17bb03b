using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Since when a connection has been doing what it does. Only <see cref="ConnectionWatch"/> looks at it.</summary>
/// <remarks>A change is seen at the next look and counts from there: what is over is never so too early.</remarks>
internal sealed class ConnectionClock(ConnectionStream stream, StreamServerOptions options)
{
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly long _start = options.TimeProvider.GetTimestamp();
    private Seen _received = new(0, options.TimeProvider.GetTimestamp());
    private Seen _read;
    private Seen _sent;
    private bool _inputIsOver;
    private bool _outputIsOver;
    private bool _lifeIsOver;
    private bool _graceIsOver;

    /// <summary>What has just become over, or null. Each is told once.</summary>
    public ConnectionTimeout? Look()
    {
        var now = _time.GetTimestamp();
        _received = _received.At(stream.BytesReceived, now);
        // What nobody waits for stands still without a fault of the peer: then the count of the time begins anew.
        _read = stream.Input.ReadUnderWay is var read and not 0 ? _read.At(read, now) : new Seen(0, now);
        // What the kernel has taken is not what the peer takes: a buffer of some megabytes may be a minute of a slow line.
        _sent = stream.Output.IsHeldUp ? _sent.At(stream.BytesTaken, now) : new Seen(-1, now);

        if (IsOver(_start, now, options.MaxConnectionLifetime, ref _lifeIsOver)) return ConnectionTimeout.Lifetime;
        if (_lifeIsOver && IsOver(_start, now, options.MaxConnectionLifetime + options.ShutdownTimeout, ref _graceIsOver)) return ConnectionTimeout.LifetimeGrace;
        if (IsOver(_sent.Since, now, options.WriteTimeout, ref _outputIsOver)) return ConnectionTimeout.Write;
        if (IsOver(_read.Since, now, options.ReadTimeout, ref _inputIsOver)) return ConnectionTimeout.Read;
        if (IsOver(_received.Since, now, options.IdleTimeout, ref _inputIsOver)) return ConnectionTimeout.Idle;
        return null;
    }

    private bool IsOver(long since, long now, TimeSpan? limit, ref bool isOver)
    {
        if (isOver || limit is not { } span || span == Timeout.InfiniteTimeSpan || _time.GetElapsedTime(since, now) < span) return false;
        return isOver = true;
    }

    /// <summary>A count, and since when it has been that.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Seen(long Value, long Since)
    {
        public Seen At(long value, long now) => value == Value ? this : new Seen(value, now);
    }
}
