using System.Diagnostics;
using System.Numerics;

namespace Kestrel.Streams.Tests;

/// <summary>How long round trips took: counted in buckets that are at most a thirty-second wide of what is in them. Many threads add to it.</summary>
internal sealed class RoundTrips
{
    private const int Steps = 32;

    private readonly long[] _buckets = new long[64 * Steps];
    private long _longest;

    public void Add(long sentAt)
    {
        var microseconds = (long)Stopwatch.GetElapsedTime(sentAt).TotalMicroseconds;
        Interlocked.Increment(ref _buckets[BucketOf(microseconds)]);
        for (var longest = Interlocked.Read(ref _longest); microseconds > longest;)
            longest = Interlocked.CompareExchange(ref _longest, microseconds, longest) is var seen && seen == longest ? microseconds : seen;
    }

    /// <summary>In milliseconds: so many of a thousand took no longer.</summary>
    public double Permille(double permille)
    {
        var left = (long)Math.Ceiling(_buckets.Sum() * permille / 1000);
        var bucket = 0;
        while ((left -= _buckets[bucket]) > 0)
            bucket++;
        return Math.Min(EndOf(bucket), _longest) / 1000.0;
    }

    public double Longest => _longest / 1000.0;

    public override string ToString() => $"p50 {Permille(500):0.00} ms, p99 {Permille(990):0.00} ms, p99.9 {Permille(999):0.00} ms, longest {Longest:0.00} ms";

    // One bucket for each value below 32, then 32 for each doubling.
    private static int BucketOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - 5);
        return (shift * Steps) + (int)(value >> shift);
    }

    private static long EndOf(int bucket)
    {
        var shift = Math.Max(0, (bucket / Steps) - 1);
        return ((bucket - (shift * Steps) + 1L) << shift) - 1;
    }
}
