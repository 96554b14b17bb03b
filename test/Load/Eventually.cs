using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Tests;

internal static class Eventually
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <summary>For a state of another process, which announces none. It looks seldom, because the two share the processors.</summary>
    public static async Task IsTrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        using var timer = new PeriodicTimer(_pause);
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > _limit)
                throw new TimeoutException($"Not true after {_limit}: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
