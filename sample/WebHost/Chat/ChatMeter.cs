using System.Diagnostics.Metrics;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>What the chat counts, beside what the servers count themselves.</summary>
internal sealed class ChatMeter : IDisposable
{
    public const string Name = "Kestrel.Streams.Samples.Chat";

    private static readonly double[] _seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter _meter = new(Name);

    public ChatMeter()
    {
        Users = _meter.CreateUpDownCounter<long>("chat.users", "{user}", "Users that are connected to this node, by transport.");
        Lines = _meter.CreateCounter<long>("chat.lines", "{line}", "Lines of rooms and for single users that were taken on this node.");
        Deliveries = _meter.CreateCounter<long>("chat.deliveries", "{line}", "Lines of users that were sent to users of this node.");
        Latency = _meter.CreateHistogram(
            "chat.latency", "s", "From a line that was taken, on any node, to its last byte in the kernel for one of its readers.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds });
        SlowReaders = _meter.CreateCounter<long>("chat.slow_readers", "{user}", "Users that were cut because too much waited for them.");
        Refusals = _meter.CreateCounter<long>("chat.refusals", "{line}", "Lines that were not taken as they were, by reason.");
    }

    public UpDownCounter<long> Users { get; }

    public Counter<long> Lines { get; }

    public Counter<long> Deliveries { get; }

    public Histogram<double> Latency { get; }

    public Counter<long> SlowReaders { get; }

    public Counter<long> Refusals { get; }

    public static KeyValuePair<string, object?> Transport(string transport) => new("transport", transport);

    /// <summary>A line was not taken: it is <c>too_long</c>, <c>not_utf8</c>, <c>bad_name</c> or <c>cut_off</c>; or it had to wait: <c>too_fast</c>.</summary>
    public void Refused(string reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();
}
