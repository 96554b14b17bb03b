using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Kestrel.Streams.Samples.WebHost.Chat;

namespace Kestrel.Streams.Samples.WebHost.Operations;

/// <summary>Adds up what the meters of the library and of the chat tell, as an exporter would.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Instrument, string Kind), long> _sums = new();
    private readonly double[] _latencies = new double[4096];
    private long _measured;
    private long _taken;

    public MeterReader()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name is "Kestrel.Streams" or ChatMeter.Name) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name == "chat.latency") _latencies[(Interlocked.Increment(ref _measured) - 1) % _latencies.Length] = value;
        });
        _listener.Start();
    }

    public long Sum(string instrument) => ByKind(instrument).Values.Sum();

    /// <summary>The sums of an instrument, by what tells them apart: a reason, an endpoint, a transport.</summary>
    public IReadOnlyDictionary<string, long> ByKind(string instrument) =>
        _sums.Where(sum => sum.Key.Instrument == instrument).ToDictionary(static sum => sum.Key.Kind, static sum => sum.Value);

    /// <summary>Connections to the chat: those of the stream server, as it counts them, and the WebSockets, which are the web server's.</summary>
    public IReadOnlyDictionary<string, long> Connections()
    {
        _listener.RecordObservableInstruments();
        return new Dictionary<string, long>(ByKind("streams.server.active_connections"))
        {
            ["WebSocket"] = ByKind("chat.users").GetValueOrDefault("WebSocket"),
        };
    }

    /// <summary>The latencies since the last call, the smallest first, in seconds; of very many the last 4096.</summary>
    public double[] TakeLatencies()
    {
        var (from, to) = (_taken, Interlocked.Read(ref _measured));
        _taken = to;
        var latencies = new double[Math.Min(to - from, _latencies.Length)];
        for (var i = 0; i < latencies.Length; i++) latencies[i] = _latencies[(to - 1 - i) % _latencies.Length];
        Array.Sort(latencies);
        return latencies;
    }

    public void Dispose() => _listener.Dispose();

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kind = "";
        foreach (var (name, tag) in tags)
        {
            // The echo has figures of its own.
            if (name == "server.name" && !ChatServices.Server.Equals(tag)) return;
            if (name is "endpoint" && kind.Length > 0 || name is "server.name" or "network.io.direction") continue;
            kind = tag?.ToString() ?? "";
        }

        if (instrument.IsObservable) _sums[(instrument.Name, kind)] = value;
        else _sums.AddOrUpdate((instrument.Name, kind), value, (_, sum) => sum + value);
    }
}
