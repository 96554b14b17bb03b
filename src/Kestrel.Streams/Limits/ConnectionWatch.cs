namespace Kestrel.Streams;

/// <summary>
/// The timeouts of a server's connections: one timer for all of them. It compares what the streams have counted with what they had counted
/// before, so that reads and writes need no clock.
/// </summary>
internal sealed class ConnectionWatch : IDisposable
{
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _shortestPeriod = TimeSpan.FromMilliseconds(1);

    private readonly RunningConnections _running;
    private readonly Action<ServedConnection, ConnectionTimeout> _onTimeout;
    private readonly ITimer _timer;
    private int _looking;

    private ConnectionWatch(
        StreamServerOptions options, TimeSpan period, RunningConnections running, Action<ServedConnection, ConnectionTimeout> onTimeout)
    {
        (_running, _onTimeout) = (running, onTimeout);
        _timer = options.TimeProvider.CreateTimer(static watch => ((ConnectionWatch)watch!).Look(), this, period, period);
    }

    /// <summary>A watch, begun; null where no connection has a timeout.</summary>
    public static ConnectionWatch? Start(
        StreamServerOptions options, RunningConnections running, Action<ServedConnection, ConnectionTimeout> onTimeout) =>
        PeriodFor(options) is { } period ? new ConnectionWatch(options, period, running, onTimeout) : null;

    /// <summary>How often to look; null where no connection has a timeout.</summary>
    public static TimeSpan? PeriodFor(StreamServerOptions options)
    {
        TimeSpan?[] all = [options.IdleTimeout, options.ReadTimeout, options.WriteTimeout, options.MaxConnectionLifetime];
        if (all.Where(static timeout => timeout is { } span && span != Timeout.InfiniteTimeSpan).Min() is not { } shortest) return null;
        var period = shortest / 4;
        if (period > _longestPeriod) period = _longestPeriod;
        return period < _shortestPeriod ? _shortestPeriod : period;
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A timer does not wait for the look before.
        if (Interlocked.Exchange(ref _looking, 1) != 0) return;
        try
        {
            foreach (var connection in _running)
            {
                try
                {
                    if (connection.Clock?.Look() is { } timeout) _onTimeout(connection, timeout);
                }
                catch (Exception)
                {
                    // A log that fails must not end the process, which is what an exception of a timer does, nor the watch over the others.
                }
            }
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }
}
