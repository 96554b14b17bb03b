namespace Kestrel.Streams.Testing;

/// <summary>
/// Where the bytes of one direction are cut: a receive never brings bytes from both sides of a cut. What a protocol does must not depend
/// on that; a network cuts where it likes.
/// </summary>
/// <remarks>It describes and holds no state: one may serve many pairs, beside each other.</remarks>
public sealed class Cuts
{
    private readonly string _name;

    private Cuts(string name, IEnumerable<int> lengths)
    {
        _name = name;
        Lengths = lengths;
    }

    /// <summary>None: a receive brings all that has arrived and has room.</summary>
    public static Cuts None { get; } = new("no cuts", []);

    /// <summary>Behind each byte: every one arrives alone.</summary>
    public static Cuts EveryByte { get; } = new("every byte", Repeat(1));

    /// <summary>The lengths of the pieces, one after the other; behind the last of them nothing is cut any more.</summary>
    internal IEnumerable<int> Lengths { get; }

    /// <summary>Behind each piece of so many bytes.</summary>
    /// <param name="length">The length of a piece, above zero.</param>
    /// <returns>The cuts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is zero or below.</exception>
    public static Cuts Every(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return new Cuts($"every {length} bytes", Repeat(length));
    }

    /// <summary>At chosen places.</summary>
    /// <param name="places">How many bytes are before each cut, counted from the first byte of the direction: above zero, each more than the one before.</param>
    /// <returns>The cuts.</returns>
    /// <exception cref="ArgumentNullException">There are no places.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A place is not behind the one before.</exception>
    public static Cuts At(params int[] places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var lengths = new int[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            lengths[i] = places[i] - (i == 0 ? 0 : places[i - 1]);
            if (lengths[i] <= 0)
                throw new ArgumentOutOfRangeException(nameof(places), places[i], $"The cut at {places[i]} is not behind the one before it: give the places in order, above zero.");
        }

        return new Cuts($"at {string.Join(", ", places)}", lengths);
    }

    /// <summary>Behind pieces of random lengths, the same for the same seed.</summary>
    /// <param name="seed">What the lengths are drawn from. Show it in the message of a test that fails.</param>
    /// <param name="longest">The longest piece, above zero; all lengths up to it are as likely.</param>
    /// <returns>The cuts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The longest piece is zero or below.</exception>
    public static Cuts Random(int seed, int longest = 16)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(longest);
        return new Cuts($"random, seed {seed}, at most {longest} bytes", Draw(seed, longest));
    }

    /// <summary>The text form, for the message of a test that fails.</summary>
    /// <returns>The text; its form may change.</returns>
    public override string ToString() => _name;

    private static IEnumerable<int> Repeat(int length)
    {
        while (true) yield return length;
    }

    private static IEnumerable<int> Draw(int seed, int longest)
    {
#pragma warning disable CA5394 // chance for a test, which a seed repeats
        var random = new Random(seed);
        while (true) yield return random.Next(longest) + 1;
#pragma warning restore CA5394
    }
}
