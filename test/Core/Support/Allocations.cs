using System.Diagnostics;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>What an operation allocates in a steady state.</summary>
internal static class Allocations
{
    // So many that what the test host allocates meanwhile is far below a byte for each.
    private const int Operations = 20_000;

    // The steady state is a while away: until the JIT compiler has optimized the code, an await may allocate. On a busy machine that takes
    // seconds. So it is measured again until it is right; what is allocated in a steady state is there in all rounds.
    private const int Rounds = 40;

    /// <summary>Without an optimizing compiler an asynchronous method is an object for each call, whatever it does.</summary>
    public static void SkipWithoutOptimizer() => Assert.SkipWhen(
        typeof(ConnectionStream).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
        "Allocations are those of a Release build.");

    /// <summary>An operation allocates no more than so many bytes, on the thread that runs it.</summary>
    /// <param name="most">The bytes.</param>
    /// <param name="run">Runs so many operations, all on the calling thread.</param>
    public static void AtMost(double most, Action<int> run)
    {
        var least = double.MaxValue;
        for (var i = 0; i < Rounds && least > most; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run(Operations);
            least = Math.Min(least, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Operations);
        }

        Assert.InRange(least, 0, most);
    }

    /// <summary>An operation allocates no more than so many bytes, on all threads: for tests that run beside no others.</summary>
    /// <param name="most">The bytes.</param>
    /// <param name="run">Runs so many operations.</param>
    public static async Task AtMostAsync(double most, Func<int, Task> run)
    {
        var least = double.MaxValue;
        for (var i = 0; i < Rounds && least > most; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            // On the pool: the context of a test would allocate for each await of its own.
            await Task.Run(() => run(Operations)).Within();
            least = Math.Min(least, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Operations);
        }

        Assert.InRange(least, 0, most);
    }
}
