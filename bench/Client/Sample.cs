using System.Diagnostics;

namespace Kestrel.Streams.Bench;

/// <summary>Where everything stands at one edge of the window.</summary>
internal sealed record Sample(TimeSpan At, long Operations, TimeSpan ClientTime, TimeSpan ServerTime)
{
    public static Sample Take(Talk[] talks, Process? server)
    {
        server?.Refresh();
        return new Sample(
            Stopwatch.GetElapsedTime(0), talks.Sum(talk => talk.Operations),
            Environment.CpuUsage.TotalTime, server?.TotalProcessorTime ?? TimeSpan.Zero);
    }
}
