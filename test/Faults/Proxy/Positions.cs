using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>
/// At which bytes of a long exchange a fault is tried: at all of them where FAULTS_EVERY_BYTE is set, else at every so many, from one that
/// FAULTS_SEED chooses, so that the runs of many days try them all.
/// </summary>
internal static class Positions
{
    public static IEnumerable<long> Of(long length, int step)
    {
        if (Environment.GetEnvironmentVariable("FAULTS_EVERY_BYTE") is { Length: > 0 }) step = 1;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FAULTS_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"FAULTS_SEED={seed}: every {step}. of {length} bytes");
        for (long behind = new Random(seed).Next(step); behind <= length; behind += step) yield return behind;
    }
}
