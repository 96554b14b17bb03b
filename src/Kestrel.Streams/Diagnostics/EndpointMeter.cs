using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>What one endpoint of a server has done since the process began, also when the server was closed and made again.</summary>
/// <remarks>
/// It holds the names and the numbers, and the connections only while they run: no server is kept alive by it. A connection that ends moves
/// its numbers over under the lock that a collection takes too, so that they are neither lost nor counted twice.
/// </remarks>
internal sealed class EndpointMeter
{
    private static readonly ConcurrentDictionary<(string Server, string Endpoint), EndpointMeter> _all = new();

    private readonly KeyValuePair<string, object?> _server;
    private readonly KeyValuePair<string, object?> _endpoint;
    private readonly Lock _gate = new();
    private readonly HashSet<ConnectionStream> _running = [];
    private Totals _ended;

    private EndpointMeter(string server, string endpoint)
    {
        _server = new(Tags.Server, server);
        _endpoint = new(Tags.Endpoint, endpoint);
    }

    public string Server => (string)_server.Value!;

    public string Endpoint => (string)_endpoint.Value!;

    /// <summary>The one of these names: servers of one name share it.</summary>
    public static EndpointMeter Of(string server, string endpoint) =>
        _all.GetOrAdd((server, endpoint), static names => new EndpointMeter(names.Server, names.Endpoint));

    public static IEnumerable<Measurement<long>> Connections() => _all.Values.Select(static meter => meter.Measure(meter.Sum().Connections));

    public static IEnumerable<Measurement<long>> Bytes()
    {
        foreach (var meter in _all.Values)
        {
            var sum = meter.Sum();
            yield return meter.Measure(sum.Received, Towards("receive"));
            yield return meter.Measure(sum.Sent, Towards("transmit"));
        }
    }

    public static IEnumerable<Measurement<long>> LimitOverruns() => _all.Values.Select(static meter => meter.Measure(meter.Sum().Overruns));

    public void Begin(ConnectionStream stream)
    {
        lock (_gate) _running.Add(stream);
    }

    public void End(ConnectionStream stream)
    {
        lock (_gate)
        {
            if (_running.Remove(stream)) _ended = _ended.Plus(stream);
        }
    }

    /// <summary>A connection has lived; the error is the one that its handler failed with.</summary>
    public void Lived(TimeSpan duration, Exception? error)
    {
        var tags = new TagList { _server, _endpoint };
        if (error is not null) tags.Add(Tags.ErrorType, error.GetType().FullName);
        StreamMeter.ConnectionDuration.Record(duration.TotalSeconds, tags);
    }

    public void Rejected(string reason) => StreamMeter.Rejections.Add(1, _server, _endpoint, new(Tags.Reason, reason));

    public void TimedOut(ConnectionTimeout timeout) => StreamMeter.Timeouts.Add(1, _server, _endpoint, new(Tags.Timeout, timeout.Word()));

    /// <summary>A TLS handshake is over.</summary>
    /// <param name="duration">How long it took.</param>
    /// <param name="version">The protocol that was agreed on; null where it failed.</param>
    /// <param name="error">Why it failed, in a word; null where it did not.</param>
    public void ShookHands(TimeSpan duration, string? version, string? error)
    {
        var tags = new TagList { _server, _endpoint };
        if (version is not null) tags.Add(Tags.TlsVersion, version);
        if (error is not null) tags.Add(Tags.ErrorType, error);
        StreamMeter.HandshakeDuration.Record(duration.TotalSeconds, tags);
    }

    private Totals Sum()
    {
        lock (_gate)
        {
            var sum = _ended;
            foreach (var stream in _running) sum = sum.Plus(stream);
            return sum with { Connections = _running.Count };
        }
    }

    private Measurement<long> Measure(long value, params ReadOnlySpan<KeyValuePair<string, object?>> more) => new(value, [_server, _endpoint, .. more]);

    private static KeyValuePair<string, object?> Towards(string direction) => new(Tags.Direction, direction);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Totals(long Connections, long Received, long Sent, long Overruns)
    {
        public Totals Plus(ConnectionStream stream) =>
            this with { Received = Received + stream.BytesReceived, Sent = Sent + stream.BytesSent, Overruns = Overruns + stream.LimitOverruns };
    }
}
