using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

/// <summary>What is borrowed does not change under its reader before the next read, whatever all others do meanwhile.</summary>
public sealed class BorrowRaceTests : IDisposable
{
    private static readonly Func<ConnectionStream, Task<ReadOnlyMemory<byte>>>[] _borrows =
    [
        async s => await s.BorrowAsync(),
        async s => await s.BorrowLineAsync(),
        async s => await s.BorrowUntilAsync("\n"u8),
        async s => await s.BorrowExactlyAsync(500),
        async s => await s.BorrowExactlyAsync(5000),
        async s => s.TryBorrowLine(out var line) ? line : await s.BorrowLineAsync(),
        FirstAsync,
    ];

    private readonly Rival _rival = new();

    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            // An upgrade is a read.
            foreach (var row in Interruption.OnEveryWire(reading: true).Where(static row => row.Data.Item2 != "StartTlsAsync")) cells.Add(row.Data.Item1, row.Data.Item2);
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task What_is_borrowed_stays_as_it_is(string kind, string what)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(300 / wire.Cost, random => RoundAsync(wire, what, random));
    }

    public void Dispose() => _rival.Dispose();

    private static async Task<ReadOnlyMemory<byte>> FirstAsync(ConnectionStream stream)
    {
        var lines = stream.BorrowLinesAsync().GetAsyncEnumerator();
        return await lines.MoveNextAsync() ? lines.Current : default;
    }

    private async Task RoundAsync(Wire wire, string what, Random random)
    {
        var (begin, _) = Interruption.All[what];
        var race = $"a loan over {wire.Kind} with {what}";
        var (stream, peer) = await wire.ConnectAsync(StreamMode.Read, new ConnectionStreamOptions { Limit = random.Next(2) == 0 ? 2000 : 65536 });
        if (random.Next(2) == 0) _ = stream.Closed; // receives on its own from now on, into the block that is lent
        using var source = new CancellationTokenSource();
        await peer.WriteAsync(Content.At(0, 6000)).Within();
        var at = random.Next(2) == 0 ? 0 : (await stream.ReadExactlyAsync(500).Within()).Length;
        var borrowed = await _borrows[random.Next(_borrows.Length)](stream).Within();
        Content.IsAt(at, borrowed.Span, race);
        var copy = borrowed.ToArray();

        var (mine, theirs) = _rival.Meet(Rival.AnyMoment(random), DoAsync, Rival.AnyMoment(random), () => begin(stream, peer, source));
        await OthersAsync();
        Assert.True(borrowed.Span.SequenceEqual(copy), $"{race}: it has changed under its reader.");
        await mine.Within(what: race);
        if (random.Next(2) == 0) await stream.AbortAsync().Within();
        await peer.AbortAsync().Within();
        await Outcome.ErrorOfAsync(theirs, race);
        await stream.AbortAsync().Within();
        await OthersAsync();
        Assert.True(borrowed.Span.SequenceEqual(copy), $"{race}: it has changed under its reader at the close.");
        await After.BlocksAreBackAsync(MemoryMarshal.TryGetArray(borrowed, out var part) ? part.Array : null, race);

        async Task DoAsync()
        {
            try
            {
                var sending = peer.WriteAsync(Content.At(6000, 60_000)).AsTask().Observed();
                for (var i = 0; i < 5; i++) _ = stream.AtEof;
                if (!wire.IsOneWay) stream.Write("something"u8);
                await Task.WhenAny(sending, Task.Run(OthersAsync));
                await peer.AbortAsync();
                await sending;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // One of them has gone.
            }
        }
    }

    /// <summary>Others have blocks of every size, fill them and give them back.</summary>
    private static async Task OthersAsync()
    {
        var (one, other) = ConnectionStream.CreatePair();
        one.Write(Content.At(1_000_000, 3000).Span);
        await one.WriteAsync(Content.At(1_003_000, 9000)).Within();
        await other.ReadExactlyAsync(12_000).Within();
        await one.AbortAsync().Within();
        await other.AbortAsync().Within();
    }
}
