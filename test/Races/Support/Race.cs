using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>The same race again and again, each round with a seed of its own that is printed when it fails.</summary>
/// <remarks>
/// RACES_TIMES=100 makes a hundred times as many rounds. RACES_SEED=N gives the rounds the same shape once more; who wins is for the
/// processors to say.
/// </remarks>
internal static class Race
{
    private static readonly double _times = double.Parse(Environment.GetEnvironmentVariable("RACES_TIMES") ?? "1", CultureInfo.InvariantCulture);
    private static readonly string? _seed = Environment.GetEnvironmentVariable("RACES_SEED");

    /// <summary>How many rounds are made of a number that is meant for every run.</summary>
    public static int Of(int count) => (int)Math.Max(1, count * _times);

    /// <summary>Runs the rounds. The first ones are for what is made once in a process; behind the others nothing may be left.</summary>
    public static async Task RunAsync(int count, Func<Random, Task> round)
    {
        var seed = _seed is null ? Random.Shared.Next() : int.Parse(_seed, CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}, {Of(count)} rounds");
        const int First = 3;
        WatchedPool.Instance.TakeOut(); // of a test that has failed
        for (var i = 0; i < First; i++) await OneAsync(i);
        await Eventually.IsTrueAsync(() => WatchedPool.Instance.Out == 0);
        using var ledger = Ledger.Open();
        for (var i = First; i < First + Of(count); i++) await OneAsync(i);
        await ledger.SettleAsync();

        async Task OneAsync(int number)
        {
            try
            {
                await round(new Random(unchecked((seed * 397) ^ number)));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Round {number} of seed {seed}: {e.Message}", e);
            }
        }
    }
}
