using System.Diagnostics;

namespace Kestrel.Streams.Bench;

/// <summary>Where everything stands at one edge of the window.</summary>
internal sealed record Sample(TimeSpan At, long Operations, TimeSpan ClientTime, TimeSpan ServerTime, TimeSpan MachineTime)
{
    // What the kernel counts processor time in, for programs.
    private const int TicksPerSecond = 100;

    public static Sample Take(Talk[] talks, Process? server)
    {
        server?.Refresh();
        return new Sample(
            Stopwatch.GetElapsedTime(0), talks.Sum(talk => talk.Operations),
            Environment.CpuUsage.TotalTime, server?.TotalProcessorTime ?? TimeSpan.Zero, TakeMachineTime());
    }

    /// <summary>The time for which the processors of the machine were busy.</summary>
    private static TimeSpan TakeMachineTime()
    {
        // "cpu", and then: user nice system idle iowait irq softirq steal
        var line = File.ReadLines("/proc/stat").First();
        var times = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(long.Parse).ToArray();
        return TimeSpan.FromSeconds((double)(times[0] + times[1] + times[2] + times[5] + times[6]) / TicksPerSecond);
    }
}
