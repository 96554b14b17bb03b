namespace Kestrel.Streams.Tests;

/// <summary>A parser under attack: what it is fed with, and what must hold whatever that is.</summary>
internal abstract class Target
{
    /// <summary>Its name, which is the folder of its corpus too.</summary>
    public abstract string Name { get; }

    /// <summary>Pieces of its language, which chance would hardly find.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>The longest input that is made.</summary>
    public virtual int Longest => 1024;

    /// <summary>Feeds the parser, and throws when something does not hold.</summary>
    /// <returns>In a few words what came of it: an input with a new outcome is kept, and mutated further.</returns>
    public abstract string Run(byte[] input);

    /// <summary>Numbers out of an input itself, so that it takes the same cuts each time.</summary>
    protected static Random RandomOf(ReadOnlySpan<byte> input)
    {
        var hash = 17;
        foreach (var item in input) hash = unchecked((hash * 31) + item);
        return new Random(hash);
    }

    /// <summary>An input in some pieces: as it is, byte by byte, or cut at random.</summary>
    protected static IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] input, int way)
    {
        var random = way < 2 ? null : RandomOf(input);
        for (var at = 0; at < input.Length;)
        {
            var length = way switch { 0 => input.Length, 1 => 1, _ => random!.Next(1, Math.Max(2, input.Length / 2)) };
            length = Math.Min(length, input.Length - at);
            yield return input.AsMemory(at, length);
            at += length;
        }
    }
}
