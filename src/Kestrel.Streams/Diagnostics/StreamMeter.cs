using System.Diagnostics.Metrics;

namespace Kestrel.Streams;

/// <summary>
/// The meter of all servers of the process. What changes with every byte is not counted here: it is looked up at the connections when
/// somebody collects.
/// </summary>
/// <remarks>Names and units are in the manner of OpenTelemetry's conventions; docs/operations.md has the table.</remarks>
internal static class StreamMeter
{
    public const string Name = "Kestrel.Streams";

    private static readonly double[] _lifetimes = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 3600, 6 * 3600, 24 * 3600];
    private static readonly double[] _handshakes = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] _drains = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private static readonly Meter _meter = new(Name, typeof(StreamMeter).Assembly.GetName().Version?.ToString(3));

    public static Counter<long> Rejections { get; } = _meter.CreateCounter<long>(
        "streams.server.rejected_connections", "{connection}", "Connections that were accepted and got no handler, by reason.");

    public static Histogram<double> ConnectionDuration { get; } = _meter.CreateHistogram(
        "streams.server.connection.duration", "s", "How long connections lived, from the accept to the close.", tags: null, Buckets(_lifetimes));

    public static Histogram<double> HandshakeDuration { get; } = _meter.CreateHistogram(
        "streams.server.tls_handshake.duration", "s", "How long TLS handshakes took, those that failed included.", tags: null, Buckets(_handshakes));

    public static Counter<long> Timeouts { get; } = _meter.CreateCounter<long>(
        "streams.server.timeouts", "{timeout}", "Timeouts of connections, by kind.");

    public static Counter<long> DrainedConnections { get; } = _meter.CreateCounter<long>(
        "streams.server.drained_connections", "{connection}", "Connections that were there when their server closed, by outcome.");

    public static Histogram<double> DrainDuration { get; } = _meter.CreateHistogram(
        "streams.server.drain.duration", "s", "How long servers took to close, from the last accept to the last connection.", tags: null, Buckets(_drains));

    static StreamMeter()
    {
        // Nobody keeps these: the meter does, and they ask.
        _meter.CreateObservableUpDownCounter(
            "streams.server.active_connections", EndpointMeter.Connections, "{connection}", "Connections that there are now, those that shake hands included.");
        _meter.CreateObservableCounter("streams.server.io", EndpointMeter.Bytes, "By", "Bytes of the streams, above TLS, by direction.");
        _meter.CreateObservableCounter(
            "streams.server.limit_overruns", EndpointMeter.LimitOverruns, "{overrun}", "Lines and records over the limit of their stream.");
    }

    /// <summary>Makes sure that the instruments are there for whoever looks for them.</summary>
    public static void Publish()
    {
    }

    /// <summary>A server has closed.</summary>
    public static void Drained(string server, TimeSpan duration, long finished, long cut)
    {
        DrainDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Tags.Server, server));
        if (finished > 0) DrainedConnections.Add(finished, new(Tags.Server, server), new(Tags.Outcome, "finished"));
        if (cut > 0) DrainedConnections.Add(cut, new(Tags.Server, server), new(Tags.Outcome, "cut"));
    }

    private static InstrumentAdvice<double> Buckets(double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
