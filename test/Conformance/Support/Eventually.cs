using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Tests;

internal static class Eventually
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>For a state that nobody announces.</summary>
    public static async Task IsTrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > _limit)
                throw new TimeoutException($"Not true after {_limit}: {what}");
            await Task.Yield();
        }
    }

    /// <summary>Gives everything that is ready its turn many times over; what wrongly does not wait has ended by then.</summary>
    public static async Task StaysPendingAsync(Task task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        for (int turn = 0; turn < 200; turn++)
        {
            Assert.False(task.IsCompleted, $"It did not wait, but ended as {task.Status}: {what}");
            await Task.Yield();
        }
    }

    /// <summary>A task that ends when the token fires.</summary>
    public static Task FiredAsync(CancellationToken cancellationToken)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(fired.SetResult);
        return fired.Task;
    }
}
