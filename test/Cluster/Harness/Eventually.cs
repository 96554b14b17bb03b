using System.Diagnostics;

namespace Kestrel.Streams.Tests;

internal static class Eventually
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>For a state of another process, which announces none. It looks seldom, because the two share the processors.</summary>
    public static Task IsTrueAsync(Func<bool> condition, TimeSpan limit, string what) => IsTrueAsync(() => Task.FromResult(condition()), limit, what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, TimeSpan limit, string what)
    {
        using var timer = new PeriodicTimer(_pause);
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit) throw new TimeoutException($"Not true after {limit}: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
