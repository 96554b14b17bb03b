using System.Collections.Concurrent;
using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Random programs of reads, writes, cancellations and closes at both ends of a connection, over a transport that cuts, delays, merges and
/// fails bytes, against the model. MODEL_PROGRAMS says how many, MODEL_SEED runs one again.
/// </summary>
public class ModelTests
{
    [Fact]
    public Task Random_programs_do_what_the_model_says() => RunAsync(Setting("MODEL_PROGRAMS") ?? 2000, tls: false);

    [Fact]
    public Task Random_programs_over_TLS_do_what_the_model_says() => RunAsync((Setting("MODEL_PROGRAMS") ?? 2000) / 20, tls: true);

    private static async Task RunAsync(int count, bool tls)
    {
        var seed = Setting("MODEL_SEED");
        var first = seed ?? Random.Shared.Next(int.MaxValue - count);
        // A race does not show each time.
        if (seed is not null) count = 1;
        var times = seed is not null ? 100 : 1;
        var failed = new ConcurrentQueue<(int Seed, string Report)>();
        using var stop = new CancellationTokenSource();
        Say($"Programs of the seeds {first} to {first + count - 1}");
        try
        {
            await Parallel.ForAsync(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop.Token }, async (one, _) =>
            {
                var program = Generate.Of(one, tls);
                for (var i = 0; i < times && !stop.IsCancellationRequested; i++)
                {
                    if (await Runner.RunAsync(program, Rounds.Limit) is not { } report) continue;
                    failed.Enqueue((one, report));
                    await stop.CancelAsync();
                }
            });
        }
        catch (OperationCanceledException) when (!failed.IsEmpty)
        {
            var (failing, report) = failed.First();
            var smallest = await Shrink.FindAsync(Generate.Of(failing, tls), report, patience: TimeSpan.FromSeconds(30));
            Assert.Fail($"MODEL_SEED={failing} runs it again.\n{smallest}");
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;

    private static void Say(string what) => TestContext.Current.TestOutputHelper?.WriteLine(what);
}
