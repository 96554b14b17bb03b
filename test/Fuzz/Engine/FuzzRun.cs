using System.Diagnostics;
using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>Mutates the corpus of a target, and what came of it, for a number of inputs or a time.</summary>
internal sealed class FuzzRun(Target target, int seed)
{
    // Nothing that is parsed here is longer than some kilobytes.
    private static readonly TimeSpan _longestInput = TimeSpan.FromSeconds(20);

    private readonly HashSet<string> _outcomes = new(StringComparer.Ordinal);
    private byte[] _input = [];
    private long _count;

    /// <summary>How many inputs there were, and how many different outcomes.</summary>
    public string Tally => string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {_count} inputs, {_outcomes.Count} outcomes, seed {seed}");

    /// <summary>Runs, and throws with the file of the finding when something does not hold, or hangs.</summary>
    public async Task RunAsync(long count, TimeSpan time)
    {
        // Looked at from another thread: an input that is never done is a finding too.
        var run = Task.Run(() => Run(count, time));
        while (!run.IsCompleted)
        {
            var before = Interlocked.Read(ref _count);
            await Task.WhenAny(run, Task.Delay(_longestInput));
            if (!run.IsCompleted && before == Interlocked.Read(ref _count)) throw Found(Volatile.Read(ref _input), "It is not done.", inner: null);
        }

        await run;
    }

    private void Run(long count, TimeSpan time)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target);
        var pool = new List<byte[]> { Array.Empty<byte>() };
        foreach (var (_, input) in Corpus.Of(target))
        {
            if (Try(input)) pool.Add(input);
        }

        var start = Stopwatch.GetTimestamp();
        while (_count < count && Stopwatch.GetElapsedTime(start) < time)
        {
            var input = mutator.Mutate(pool[random.Next(pool.Count)], pool);
            // An outcome that was not seen before; the number of them is bounded by the words that there are, and here to be sure.
            if (Try(input) && pool.Count < 20_000) pool.Add(input);
        }
    }

    private bool Try(byte[] input)
    {
        Volatile.Write(ref _input, input);
        Interlocked.Increment(ref _count);
        try
        {
            return _outcomes.Add(target.Run(input));
        }
        catch (Exception e)
        {
            throw Found(Finding.Shrink(target, input, e), e.ToString(), e);
        }
    }

    private InvalidOperationException Found(byte[] input, string what, Exception? inner)
    {
        var file = Finding.Write(target, input, seed, what);
        return new InvalidOperationException(
            $"{target.Name}, seed {seed}: {what.Split('\n')[0]} The input is {Convert.ToHexString(input)}; see {file}, and put its .bin into the corpus when it is mended.", inner);
    }
}
