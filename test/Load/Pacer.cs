using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>Calls many in turn, each once in a round, from one timer for all of them.</summary>
internal static class Pacer
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);

    public static async Task RunAsync(TimeSpan duration, TimeSpan round, params (int Count, Action Next)[] crowds)
    {
        using var timer = new PeriodicTimer(_tick);
        var start = Stopwatch.GetTimestamp();
        var done = new long[crowds.Length];
        while (await timer.WaitForNextTickAsync() && Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < duration)
        {
            for (var i = 0; i < crowds.Length; i++)
            {
                for (var due = (long)(elapsed / round * crowds[i].Count); done[i] < due; done[i]++)
                    crowds[i].Next();
            }
        }
    }
}
