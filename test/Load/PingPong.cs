using System.Diagnostics;
using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>Connections that say a line, hear it, and say the next one, watched second by second.</summary>
internal sealed class PingPong : IAsyncDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly NumberedTalk[] _talks;
    private readonly Task _running;

    private PingPong(NumberedTalk[] talks, LoadFigures figures)
    {
        (_talks, Figures) = (talks, figures);
        _running = Task.WhenAll([WatchAsync(), .. talks.Select(talk => Task.Run(() => TalkAsync(talk)))]);
    }

    public LoadFigures Figures { get; }

    /// <summary>The smallest number of round trips that all of them together have made from one look to the next, which is at least a second later.</summary>
    public long FewestInASecond { get; private set; } = long.MaxValue;

    /// <summary>How many round trips each has made.</summary>
    public long[] Heard() => [.. _talks.Select(static talk => talk.Heard)];

    public static async Task<PingPong> StartAsync(EndPoint server, int count)
    {
        var figures = new LoadFigures();
        return new PingPong(await Task.WhenAll(Enumerable.Range(0, count).Select(number => NumberedTalk.ConnectAsync(server, number, figures))), figures);
    }

    /// <summary>Waits until each connection has made so many round trips.</summary>
    public Task HaveRoundsAsync(int count) => Eventually.IsTrueAsync(() => _talks.All(talk => talk.Heard >= count));

    /// <summary>Stops after the round trips that are under way, and closes.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Task.WhenAll(_talks.Select(static talk => talk.LeaveAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_talks.Select(static talk => talk.LeaveAsync(abort: true)));
        await FinishAsync();
        _stop.Dispose();
    }

    private async Task TalkAsync(NumberedTalk talk)
    {
        do
            talk.Say();
        while (await talk.HearAsync() && !_stop.IsCancellationRequested);
        talk.MustHaveHeardAll();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(_second / 10);
        var (last, heard) = (Stopwatch.GetTimestamp(), Figures.Heard);
        while (await timer.WaitForNextTickAsync() && !_stop.IsCancellationRequested)
        {
            // Where this process was held up, the look is late and the next one comes early: a second is a second all the same.
            if (Stopwatch.GetElapsedTime(last) < _second)
                continue;
            var now = Figures.Heard;
            FewestInASecond = Math.Min(FewestInASecond, now - heard);
            (last, heard) = (Stopwatch.GetTimestamp(), now);
        }
    }
}
