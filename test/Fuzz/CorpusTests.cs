namespace Kestrel.Streams.Tests;

/// <summary>The whole corpus, and every cut of each of its inputs: what failed once shall not again.</summary>
public class CorpusTests
{
    [Theory]
    [MemberData(nameof(Targets.Names), MemberType = typeof(Targets))]
    public void Every_input_of_the_corpus_holds_also_when_it_is_cut(string name)
    {
        var target = Targets.Of(name);
        var corpus = Corpus.Of(target);
        Assert.NotEmpty(corpus);
        foreach (var (file, input) in corpus)
        {
            // Not at every byte of a long one: those would be most of the time.
            var step = Math.Max(1, input.Length / 200);
            for (var length = input.Length; length >= 0; length -= step)
            {
                if (Record.Exception(() => target.Run(input[..length])) is { } error) Assert.Fail($"{file}, the first {length} bytes: {error}");
            }
        }
    }
}
