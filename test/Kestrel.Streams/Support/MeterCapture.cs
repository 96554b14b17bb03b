using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Kestrel.Streams.Tests;

/// <summary>Keeps what the meter tells of one server: other tests have servers of other names.</summary>
internal sealed class MeterCapture : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Taken> _taken = [];
    private readonly MeterListener _listener = new();
    private readonly string _server;

    public MeterCapture(string server)
    {
        _server = server;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Kestrel.Streams") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was recorded with such tags, <c>name=value</c>: all that are given must be there.</summary>
    public IReadOnlyList<double> Recorded(string instrument, params string[] tags)
    {
        lock (_gate) return [.. _taken.Where(taken => taken.Instrument == instrument && tags.All(taken.Tags.Contains)).Select(static taken => taken.Value)];
    }

    /// <summary>The tags of the only measurement of an instrument, in order, without the server's.</summary>
    public string TagsOf(string instrument)
    {
        lock (_gate)
        {
            var tags = Assert.Single(_taken, taken => taken.Instrument == instrument).Tags;
            return string.Join(' ', tags.Where(static tag => !tag.StartsWith("server.name=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }
    }

    /// <summary>What an instrument that has to be asked says now; the sum over what has such tags.</summary>
    public long Ask(string instrument, params string[] tags)
    {
        lock (_gate)
        {
            _taken.RemoveAll(taken => taken.Instrument == instrument);
            _listener.RecordObservableInstruments();
        }

        return (long)Recorded(instrument, tags).Sum();
    }

    /// <summary>Waits until an instrument that has to be asked says so.</summary>
    public async Task SaysAsync(long value, string instrument, params string[] tags)
    {
        for (var clock = Stopwatch.StartNew(); Ask(instrument, tags) != value && clock.Elapsed < TimeSpan.FromSeconds(30);) await Task.Yield();
        Assert.Equal(value, Ask(instrument, tags));
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, tag) in tags) all.Add($"{name}={tag}");
        if (!all.Contains($"server.name={_server}")) return;
        lock (_gate)
        {
            if (instrument.IsObservable) _taken.RemoveAll(taken => taken.Instrument == instrument.Name && taken.Tags.SetEquals(all));
            _taken.Add(new Taken(instrument.Name, value, all));
        }
    }

    private sealed record Taken(string Instrument, double Value, HashSet<string> Tags);
}
