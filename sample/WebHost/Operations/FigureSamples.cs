using System.Diagnostics;
using Kestrel.Streams.Samples.WebHost.Chat;

namespace Kestrel.Streams.Samples.WebHost.Operations;

/// <summary>Looks at the figures each second, and keeps two minutes for the plots of a page that is opened later.</summary>
internal sealed class FigureSamples(
    MeterReader meters, EchoFigures echo, ChatRooms rooms, ChatBackplane backplane, IServiceProvider services, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(1);

    private const int Kept = 120;

    private readonly Lock _gate = new();
    private readonly Queue<Sample> _samples = new();
    private long _count;

    /// <summary>The figures of this moment.</summary>
    /// <param name="known">How many samples were told already; then how many there were.</param>
    public Figures Now(ref long known)
    {
        IReadOnlyList<Sample> samples;
        lock (_gate)
        {
            samples = [.. _samples.Skip(_samples.Count - (int)Math.Min(_samples.Count, _count - known))];
            known = _count;
        }

        return new Figures(
            backplane.Node, services.GetRequiredService<ChatDrain>().State, backplane.Trouble, rooms.UserCount, meters.Connections(), meters.Sum("chat.lines"), meters.Sum("chat.deliveries"),
            meters.Sum("chat.slow_readers"), meters.ByKind("streams.server.rejected_connections"), meters.ByKind("chat.refusals"),
            meters.ByKind("streams.server.timeouts"), meters.ByKind("streams.server.drained_connections"), echo.Now, samples);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_pace, time);
        var (then, lines, deliveries) = (Stopwatch.GetTimestamp(), meters.Sum("chat.lines"), meters.Sum("chat.deliveries"));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var (now, linesNow, deliveriesNow, latencies) = (Stopwatch.GetTimestamp(), meters.Sum("chat.lines"), meters.Sum("chat.deliveries"), meters.TakeLatencies());
            var seconds = Stopwatch.GetElapsedTime(then, now).TotalSeconds;
            var sample = new Sample(
                time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, meters.Connections(), (linesNow - lines) / seconds, (deliveriesNow - deliveries) / seconds,
                Milliseconds(latencies, 0.5), Milliseconds(latencies, 0.99));
            (then, lines, deliveries) = (now, linesNow, deliveriesNow);
            lock (_gate)
            {
                _samples.Enqueue(sample);
                if (_samples.Count > Kept) _samples.Dequeue();
                _count++;
            }
        }
    }

    private static double? Milliseconds(double[] sorted, double share) =>
        sorted.Length == 0 ? null : Math.Round(sorted[(int)((sorted.Length - 1) * share)] * 1000, 3);
}

/// <summary>The registration.</summary>
internal static class FigureServices
{
    public static IServiceCollection AddFigures(this IServiceCollection services, EchoFigures echo) => services
        .AddSingleton(echo)
        .AddSingleton<MeterReader>()
        .AddSingleton<FigureSamples>()
        .AddHostedService(static provider => provider.GetRequiredService<FigureSamples>());
}
