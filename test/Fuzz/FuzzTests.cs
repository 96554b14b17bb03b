using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Mutations of the corpus: some thousand of each target, or for as long as is asked for. <c>FUZZ_SECONDS</c> is the time of all targets
/// together, <c>FUZZ_TARGET</c> the name of the only one to run, <c>FUZZ_SEED</c> the seed that a finding names.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    private const int Count = 20_000;
    private static readonly TimeSpan _briefly = TimeSpan.FromSeconds(1.5);

    [Theory]
    [MemberData(nameof(Targets.Names), MemberType = typeof(Targets))]
    public async Task Whatever_comes_a_parser_keeps_its_word(string name)
    {
        var only = Variable("FUZZ_TARGET");
        if (only is not null && only != name) return;
        var seed = Variable("FUZZ_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var run = new FuzzRun(Targets.Of(name), seed);
        output.WriteLine($"{name}: FUZZ_TARGET={name} FUZZ_SEED={seed} runs the same inputs again.");

        var seconds = Variable("FUZZ_SECONDS") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : 0;
        var time = TimeSpan.FromSeconds(only is null ? seconds / Targets.All.Count : seconds);
        await (seconds > 0 ? run.RunAsync(long.MaxValue, time) : run.RunAsync(Count, _briefly)).Within(time + TimeSpan.FromMinutes(1));

        output.WriteLine(run.Tally);
        TestContext.Current.SendDiagnosticMessage(run.Tally);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
