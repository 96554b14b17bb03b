namespace Kestrel.Streams.Tests;

/// <summary>The pieces in which bytes arrive.</summary>
public class CutsTests
{
    private static readonly byte[] _twenty = [.. Enumerable.Range(0, 20).Select(static number => (byte)number)];

    [Fact]
    public async Task Without_cuts_all_that_was_sent_arrives_at_once() => Assert.Equal([20], await PiecesAsync(Cuts.None));

    [Fact]
    public async Task Every_byte_arrives_alone() => Assert.Equal(Enumerable.Repeat(1, 20), await PiecesAsync(Cuts.EveryByte));

    [Fact]
    public async Task Pieces_of_one_length() => Assert.Equal([8, 8, 4], await PiecesAsync(Cuts.Every(8)));

    [Fact]
    public async Task Cuts_at_places_count_from_the_first_byte() => Assert.Equal([3, 1, 6, 10], await PiecesAsync(Cuts.At(3, 4, 10)));

    [Fact]
    public async Task Random_pieces_are_the_same_for_the_same_seed_and_no_longer_than_said()
    {
        var pieces = await PiecesAsync(Cuts.Random(7, longest: 4));
        Assert.Equal(pieces, await PiecesAsync(Cuts.Random(7, longest: 4)));
        Assert.NotEqual(pieces, await PiecesAsync(Cuts.Random(8, longest: 4)));
        Assert.All(pieces, static length => Assert.InRange(length, 1, 4));
    }

    [Fact]
    public async Task One_description_serves_many_pairs()
    {
        var cuts = Cuts.At(5);
        Assert.Equal([5, 15], await PiecesAsync(cuts));
        Assert.Equal([5, 15], await PiecesAsync(cuts));
    }

    [Fact]
    public async Task A_reader_with_little_room_gets_a_piece_in_parts_and_never_two_in_one()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Cuts = Cuts.Every(8) } });
        await pair.Client.WriteAsync(_twenty).Within();

        Assert.Equal(5, await pair.Server.ReadAsync(new byte[5].AsMemory()).Within());
        Assert.Equal(3, await pair.Server.ReadAsync(new byte[20].AsMemory()).Within());
    }

    [Fact]
    public void Cuts_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("length", static () => Cuts.Every(0));
        Assert.Throws<ArgumentOutOfRangeException>("longest", static () => Cuts.Random(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("places", static () => Cuts.At(0));
        var error = Assert.Throws<ArgumentOutOfRangeException>("places", static () => Cuts.At(3, 3));
        Assert.Contains("The cut at 3 is not behind the one before it", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(static () => new WireOptions { Cuts = null! });
    }

    [Fact]
    public void They_say_what_they_are()
    {
        Assert.Equal("at 3, 10", $"{Cuts.At(3, 10)}");
        Assert.Equal("random, seed 7, at most 16 bytes", $"{Cuts.Random(7)}");
    }

    private static async Task<List<int>> PiecesAsync(Cuts cuts)
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Cuts = cuts } });
        await pair.Client.WriteAsync(_twenty).Within();
        await pair.Client.WriteEofAsync().Within();
        var pieces = new List<int>();
        var all = new List<byte>();
        while (await pair.Server.ReadAsync(100).Within() is { Length: > 0 } piece)
        {
            pieces.Add(piece.Length);
            all.AddRange(piece);
        }

        Assert.Equal(_twenty, all);
        return pieces;
    }
}
