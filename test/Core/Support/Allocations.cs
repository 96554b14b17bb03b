using System.Diagnostics;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>What an operation allocates in a steady state.</summary>
internal static class Allocations
{
    // So many that what the test host allocates meanwhile is far below a byte for each.
    private const int Operations = 20_000;

    /// <summary>Without an optimizing compiler an asynchronous method is an object for each call, whatever it does.</summary>
    public static void SkipWithoutOptimizer() => Assert.SkipWhen(
        typeof(ConnectionStream).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
        "Allocations are those of a Release build.");

    /// <summary>Bytes allocated for one operation, on the thread that runs it.</summary>
    /// <param name="run">Runs so many operations, all on the calling thread.</param>
    public static double Here(Action<int> run)
    {
        run(Operations);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run(Operations);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return (double)least / Operations;
    }

    /// <summary>Bytes allocated for one operation, on all threads: for tests that run beside no others.</summary>
    /// <param name="run">Runs so many operations.</param>
    public static async Task<double> EverywhereAsync(Func<int, Task> run)
    {
        // On the pool: the context of a test would allocate for each await of its own.
        await Task.Run(() => run(Operations)).Within();
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await Task.Run(() => run(Operations)).Within();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return (double)least / Operations;
    }
}
