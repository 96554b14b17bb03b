using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Kestrel.Streams.Tests;

/// <summary>What OpenTelemetry's SDK exports of a server: by the names of the meter and the source, and nothing of ours. It exports all servers.</summary>
[Collection(Alone.Name)]
public class OpenTelemetryTests
{
    private readonly string _name = "otel-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task The_meter_is_exported()
    {
        var exported = new List<Metric>();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter("Kestrel.Streams").AddInMemoryExporter(exported).Build();
        await ServeAsync(new StreamServerOptions());
        Assert.True(provider.ForceFlush());

        var byName = exported.ToDictionary(static metric => metric.Name, StringComparer.Ordinal);
        Assert.Equal((MetricType.LongSumNonMonotonic, "{connection}"), (byName["streams.server.active_connections"].MetricType, byName["streams.server.active_connections"].Unit));
        Assert.Equal((MetricType.LongSum, "By"), (byName["streams.server.io"].MetricType, byName["streams.server.io"].Unit));
        Assert.Equal((MetricType.Histogram, "s"), (byName["streams.server.connection.duration"].MetricType, byName["streams.server.connection.duration"].Unit));
        Assert.Equal([6, 6], PointsOf(byName["streams.server.io"]).Select(static point => point.GetSumLong()));
        Assert.Equal(1, Assert.Single(PointsOf(byName["streams.server.connection.duration"])).GetHistogramCount());
    }

    [Fact]
    public async Task The_span_and_what_is_logged_within_it_are_exported()
    {
        var spans = new List<System.Diagnostics.Activity>();
        var logs = new List<LogRecord>();
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource("Kestrel.Streams").AddInMemoryExporter(spans).Build();
        using var logging = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options =>
        {
            options.IncludeScopes = true;
            options.AddInMemoryExporter(logs);
        }));
        var handlerLog = logging.CreateLogger("handler");
        await ServeAsync(new StreamServerOptions { LoggerFactory = logging }, () => handlerLog.LogInformation("serving"));
        Assert.True(tracing.ForceFlush());

        var span = Assert.Single(spans, span => (string?)span.GetTagItem("server.name") == _name);
        var record = Assert.Single(logs, static record => record.CategoryName == "handler");
        Assert.Equal((span.TraceId, span.SpanId), (record.TraceId, record.SpanId));
        var scope = new Dictionary<string, object?>(StringComparer.Ordinal);
        record.ForEachScope(
            static (part, all) =>
            {
                foreach (var (name, value) in part) all[name] = value;
            },
            scope);
        Assert.Equal(_name, scope["Server"]);
        Assert.Equal(span.GetTagItem("connection.id"), scope["ConnectionId"]);
    }

    private async Task ServeAsync(StreamServerOptions options, Action? onServe = null)
    {
        options.Name = _name;
        await using var server = new StreamServer(
            async (stream, _) =>
            {
                onServe?.Invoke();
                await Talk.EchoAsync(stream);
            },
            "127.0.0.1", 0, options);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync("12345");
        await server.CloseAsync().Within();
    }

    private List<MetricPoint> PointsOf(Metric metric)
    {
        var points = new List<MetricPoint>();
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var (name, value) in point.Tags)
            {
                if (name == "server.name" && (string?)value == _name) points.Add(point);
            }
        }

        return points;
    }
}
