using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The same input in every cut, for every read: what is read is what the model says of the whole.</summary>
public class ChunkBoundaryTests
{
    private const int Limit = 8;

    private static readonly string[] _inputs =
    [
        "one\ntwo\r\n\n\r\nthe last",
        "exactly8\n123456789\r\n1234567\r\n12345678\r\nx", // at the limit, over it, and at it with a separator of two
        "aabaab;abab;;aab\r\n.\r\n\r\n..\r\n.",         // separators that begin within one another
        "é\nüé\r\n€uro\n\U0001F40D\nend é",             // characters of two, three and four bytes
        "aaaaaaaaaaaaaaaaaaaaaaaab\nab",
        "\n\n\n",
        "",
    ];

    private static readonly Read[] _reads =
    [
        new(ReadKind.Line), new(ReadKind.TextLine), new(ReadKind.BorrowLine), new(ReadKind.Lines, 100), new(ReadKind.BorrowLines, 100),
        new(ReadKind.UntilByte, 0, ";"), new(ReadKind.Until, 0, "\r\n"), new(ReadKind.Until, 0, "aab"), new(ReadKind.Until, 0, "\r\n.\r\n"),
        new(ReadKind.BorrowUntil, 0, "abab"), new(ReadKind.UntilAny, 0, "\n", "\r\n"), new(ReadKind.UntilAny, 0, "abab;", "b;", ";;", "\r\n.\r\n"),
        new(ReadKind.Exactly, 1), new(ReadKind.Exactly, 5), new(ReadKind.ExactlyMemory, 7), new(ReadKind.BorrowExactly, 20),
        new(ReadKind.ToEnd, 5), new(ReadKind.ToEnd, 1000), new(ReadKind.SkipLine), new(ReadKind.SkipUntil, 0, "\r\n"), new(ReadKind.SkipUntil, 0, "aab"),
        new(ReadKind.Some, 3), new(ReadKind.Memory, 4), new(ReadKind.Borrow),
    ];

    public static TheoryData<string> Reads => [.. _reads.Select(static read => $"{read}")];

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_read_does_not_see_how_its_input_was_cut(string name)
    {
        var read = _reads.Single(one => $"{one}" == name);
        foreach (var input in _inputs)
        {
            var bytes = Encoding.UTF8.GetBytes(input);
            foreach (var cuts in Cuts(bytes.Length))
            {
                // At once and after a turn; received by trying and by waiting.
                foreach (var weather in (Weather[])[new(cuts, [0]), new(cuts, [0], Tries: true), new(cuts, [1, 0], Probes: false)])
                    await CheckAsync(read, bytes, weather);
            }
        }
    }

    /// <summary>All one size, every two pieces, every three.</summary>
    private static IEnumerable<int[]> Cuts(int length)
    {
        for (var size = 1; size <= length + 1; size++) yield return [size];
        for (var first = 1; first < length; first++)
        {
            for (var second = first + 1; second <= length; second++) yield return [first, second - first, length - second + 1];
        }
    }

    private static async Task CheckAsync(Read read, byte[] bytes, Weather weather)
    {
        var pulse = new Pulse();
        Wire input = new(int.MaxValue, pulse), output = new(int.MaxValue, pulse);
        input.Send(bytes);
        input.End();
        var step = new Step(Side.A, read);
        var end = new End(Side.A, new Program(Limit, 65536, weather, Weather.Fair, Tls: false, [step]), input, output, pulse, []);
        var rest = -1;
        // Until a read consumes nothing any more: at the end, or because the limit is in the way.
        while (rest != end.Unread)
        {
            rest = end.Unread;
            await end.ReadAsync(step, read).Within();
        }

        await end.ReadAsync(step, new Read(ReadKind.SkipLine)).Within();
        await end.ReadAsync(step, new Read(ReadKind.ToEnd, int.MaxValue)).Within();
        Assert.True(end.Wrong.IsEmpty, $"{string.Join('\n', end.Wrong)}\nof {Show.Bytes(bytes)} in {weather}");
        Assert.Equal(0, end.Unread);
        end.Stream.Abort();
    }
}
