using System.Diagnostics;
using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>What was seen of the server while the load ran, once a second.</summary>
internal sealed class LoadRecord
{
    private readonly List<Sample> _samples = [];

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Takes samples until the load has ended.</summary>
    public async Task WatchAsync(ProcessFigures server, LoadFigures figures, Task load)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var start = Stopwatch.GetTimestamp();
        while (await timer.WaitForNextTickAsync() && !load.IsCompleted)
            _samples.Add(new(Stopwatch.GetElapsedTime(start), server.Memory, server.Descriptors, server.Threads, figures.Heard));
        await load;
    }

    /// <summary>The medians of the second and of the last third: the first one is warm-up.</summary>
    public (double Second, double Last) Thirds(Func<Sample, double> figure)
    {
        var third = _samples.Count / 3;
        return (Median(_samples.Skip(third).Take(third)), Median(_samples.Skip(2 * third)));

        double Median(IEnumerable<Sample> part)
        {
            double[] sorted = [.. part.Select(figure).Order()];
            return sorted[sorted.Length / 2];
        }
    }

    /// <summary>Writes all samples, for bench/drive/load.py.</summary>
    public void Save(string path) => File.WriteAllLines(path,
    [
        "seconds,memory,descriptors,threads,lines",
        .. _samples.Select(static s => string.Create(CultureInfo.InvariantCulture, $"{s.At.TotalSeconds:0.00},{s.Memory},{s.Descriptors},{s.Threads},{s.Lines}")),
    ]);

    /// <summary>At a time since the start: the server's resident bytes, descriptors and threads, and how many lines had come back.</summary>
    public sealed record Sample(TimeSpan At, long Memory, int Descriptors, int Threads, long Lines);
}
