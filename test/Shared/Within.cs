using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Tests;

/// <summary>Every wait of a test has an upper limit, so that a hang is a failure with a name.</summary>
internal static class WithinExtensions
{
    public static async Task Within(
        this Task task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        try
        {
            await task.WaitAsync(limit ?? Rounds.Limit);
        }
        catch (TimeoutException late) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Still waiting after {limit ?? Rounds.Limit} for: {what}", late);
        }
    }

    public static async Task<T> Within<T>(
        this Task<T> task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await Within((Task)task, limit, what);
        return await task;
    }

    public static Task Within(
        this ValueTask task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "") =>
        Within(task.AsTask(), limit, what);

    public static Task<T> Within<T>(
        this ValueTask<T> task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "") =>
        Within(task.AsTask(), limit, what);
}
