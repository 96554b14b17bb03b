using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Reads by line, by separator and by count with a limit, over a stream that brings its bytes in any pieces, beside a model that has all of
/// them in one array. The first byte of the input is the limit, the second chooses the reads, the third the separators.
/// </summary>
internal sealed class RecordsTarget : Target
{
    private const int Head = 3;

    private static readonly byte[][][] _separators =
    [
        [[0x0A]], [[0x0D, 0x0A]], [[0], [0x0A]], [[0x0D, 0x0A], [0x0A]], [[0x0A], [0x0D]], [[0x61, 0x61]], [[0x61, 0x62, 0x61], [0x62, 0x61]],
        [[0x2E], [0x0D, 0x0A, 0x2E, 0x0D, 0x0A]], [[0x61, 0x62], [0x61, 0x62, 0x63]], [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF]], [[.. Enumerable.Repeat((byte)0x2D, 40)], [0x2D, 0x0A]],
    ];

    public override string Name => "records";

    public override int Longest => 300;

    public override IReadOnlyList<byte[]> Tokens { get; } = [.. _separators.SelectMany(static set => set), .. ByteText.Tokens("aabab", "abcabc", "\r", "\n\n", "----------------------------------------")];

    public override string Run(byte[] input)
    {
        if (input.Length < Head) return "";
        var outcomes = new StringBuilder();
        for (var way = 0; way < 3; way++)
        {
            outcomes.Clear();
            var separators = _separators[input[2] % _separators.Length];
            using var stream = ConnectionStream.Create(new PieceTransport(Pieces(input[Head..], way)), new ConnectionStreamOptions { Limit = 1 + (input[0] % 70) });
            var (model, random) = (new RecordsModel(input[Head..], stream.Limit), new Random(input[1]));
            for (var reads = 0; reads < 40 && !model.IsDone; reads++) outcomes.Append(Read(stream, model, separators, random));
            // And the rest, so that nothing is lost or doubled.
            Assert.Equal(model.Rest(), AtOnce(stream.ReadToEndAsync()));
        }

        return outcomes.ToString();
    }

    private static char Read(ConnectionStream stream, RecordsModel model, byte[][] separators, Random random)
    {
        var separator = separators[0];
        var count = random.Next(0, 9);
        switch (random.Next(9))
        {
            case 0:
                return Same(model.Record([[(byte)'\n']], isLine: true), () => AtOnce(stream.ReadLineAsync()), 'l');
            case 1:
                return Same(model.Record([[(byte)'\n']], isLine: true), () => AtOnce(stream.BorrowLineAsync()).ToArray(), 'b');
            case 2:
                return Same(model.Record([separator], isLine: false), () => AtOnce(stream.ReadUntilAsync(separator)), 'u');
            case 3:
                return Same(model.Record([separator], isLine: false), () => AtOnce(stream.BorrowUntilAsync(separator)).ToArray(), 'v');
            case 4:
                return Same(model.Record(separators, isLine: false), () => AtOnce(stream.ReadUntilAnyAsync([.. separators.Select(static one => (ReadOnlyMemory<byte>)one)])), 'a');
            case 5:
                Assert.Equal(model.Skip(separator), AtOnce(stream.SkipUntilAsync(separator)));
                return 's';
            case 6:
                Assert.Equal(model.Skip([(byte)'\n']), AtOnce(stream.SkipLineAsync()));
                return 'S';
            case 7:
                return Same(model.Exactly(count), () => AtOnce(stream.ReadExactlyAsync(count)), 'x');
            default:
                // How many come depends on the pieces; that it is the next ones does not.
                var some = AtOnce(stream.ReadAsync(count));
                Assert.True(some.Length <= count && (some.Length > 0 || count == 0 || model.IsDone), "It gives more than was asked for, or nothing before the end.");
                Assert.Equal(model.Exactly(some.Length).Bytes, some);
                return 'r';
        }
    }

    /// <summary>The same bytes, or the same exception; the model has moved on already.</summary>
    private static char Same(Expected expected, Func<byte[]> read, char what)
    {
        try
        {
            var bytes = read();
            Assert.Equal(("", Convert.ToHexString(expected.Bytes)), (expected.Fault, Convert.ToHexString(bytes)));
            return what;
        }
        catch (IncompleteReadException e)
        {
            Assert.Equal((nameof(IncompleteReadException), Convert.ToHexString(expected.Bytes)), (expected.Fault, Convert.ToHexString(e.Partial)));
            return 'i';
        }
        catch (LimitOverrunException)
        {
            Assert.Equal(nameof(LimitOverrunException), expected.Fault);
            return 'o';
        }
    }

    private static T AtOnce<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "The read waits although nothing more can come.");
        return task.AsTask().GetAwaiter().GetResult();
    }
}
