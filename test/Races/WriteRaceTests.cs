namespace Kestrel.Streams.Tests;

/// <summary>
/// Every kind of write, while it waits for room or just goes through, and everything that can come in between. The peer sees the bytes in
/// their order, whole wherever they were accepted and the stream was closed in order, and never a cut answer that looks whole.
/// </summary>
public sealed class WriteRaceTests : IDisposable
{
    /// <summary>More than the buffers between two ends hold.</summary>
    private const int MoreThanFits = 1_000_000;

    private static readonly byte[] _mark = "-- the mark --"u8.ToArray();

    private readonly Rival _rival = new();

    public static TheoryData<string, string> Cells => Interruption.OnEveryWire(reading: false);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_write_and_what_comes_in_between(string kind, string what)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(450 / wire.Cost, random => RoundAsync(wire, what, random));
    }

    public void Dispose() => _rival.Dispose();

    private async Task RoundAsync(Wire wire, string what, Random random)
    {
        var (begin, cause) = Interruption.All[what];
        var (name, (count, write)) = Writes.All[random.Next(Writes.All.Length)];
        if (cause == Cause.Cancel && Writes.IsBlocking(name)) return;
        if (name == "WriteEofAsync" && wire.Kind == "TLS") return;
        var race = $"{name} over {wire.Kind} with {what}";
        var (stream, peer) = await wire.ConnectAsync(StreamMode.Write);
        var sockets = new[] { stream.Socket, peer.Socket };
        var closed = random.Next(2) == 0 ? stream.Closed : CancellationToken.None;
        using var source = new CancellationTokenSource();

        // Nothing ahead of it, or a little that is not sent yet, or so much that it has to wait.
        var ahead = random.Next(3) switch { 0 => 0, 1 => random.Next(1, 3000), _ => MoreThanFits };
        var before = Task.CompletedTask;
        if (ahead == MoreThanFits) before = stream.WriteAsync(Content.At(0, ahead)).AsTask();
        else if (ahead > 0) stream.Write(Content.At(0, ahead).Span);

        // A Dispose keeps its thread until what is unsent has left.
        var (receivesFirst, pause) = (random.Next(3) == 0 || what == "Dispose", Rival.AnyMoment(random));
        Task<(byte[] Data, Exception? Error)> receiving = null!;
        var (writing, between) = _rival.Meet(Rival.AnyMoment(random), () => write(stream, ahead, source.Token), Rival.AnyMoment(random), Between);
        // What the peer's end is to a read is a reset to a write.
        var why = cause == Cause.PeerEnd ? Cause.PeerReset : cause;
        var error = await Outcome.OfAsync(writing, race, why, source.Token);
        await Outcome.OfAsync(before, $"what is ahead of {race}", why == Cause.Cancel ? Cause.None : why, source.Token);
        if (cause == Cause.SecondCall) await stream.AbortAsync().Within(what: race);
        if (cause == Cause.Cancel && name != "WriteEofAsync") await stream.WriteAsync(_mark).Within(what: race);
        if (cause == Cause.Cancel) await stream.CloseAsync().Within(what: race);
        await Outcome.OfInterruptionAsync(between, race, cause);
        var (received, end) = await receiving.Within(what: race);
        Check(received, end);
        // A socket that lingers is released when its peer has gone.
        await peer.AbortAsync().Within();
        if (cause is Cause.OwnClose or Cause.OwnAbort) await After.IsClosedAsync(stream, race, closed);

        await stream.AbortAsync().Within();
        Assert.All(sockets, socket => Assert.True(socket is null || socket.SafeHandle.IsClosed, $"{race}: a socket is open."));
        await After.BlocksAreBackAsync(lent: null, race);

        void Check(ReadOnlySpan<byte> data, Exception? end)
        {
            if (cause == Cause.Cancel && name != "WriteEofAsync")
            {
                Assert.True(data.EndsWith(_mark), $"{race}: what was written behind it is missing.");
                data = data[..^_mark.Length];
            }

            Content.IsAt(0, data, race);
            Assert.True(data.Length <= ahead + count, $"{race}: {data.Length} bytes came of {ahead} and {count}.");
            var isInOrder = cause is Cause.OwnClose or Cause.Cancel;
            if (isInOrder) Assert.True(end is null, $"{race}: the end was {end}");
            if (isInOrder && error is null) Assert.True(data.Length == ahead + count, $"{race}: {data.Length} bytes came of {ahead} and {count}.");
            // What was accepted is sent whole by the close; a Write here is three.
            if (cause == Cause.OwnClose) Assert.True(data.Length >= ahead && (data.Length - ahead) % (name == "Write" ? count / 3 : Math.Max(count, 1)) == 0, $"{race}: cut after {data.Length} bytes of {ahead} and {count}.");
            // After an end of the output, or a close in order, an abort may come too late to be seen.
            if (cause == Cause.OwnAbort && wire.ShowsAbort && name != "WriteEofAsync" && what is "Abort" or "AbortAsync")
                Assert.True(end is IOException, $"{race}: a cut answer looks whole after {data.Length} bytes of {ahead} and {count}: {end}");
        }

        Task Between()
        {
            if (receivesFirst) receiving = ReceiveAsync(peer);
            Thread.SpinWait(receivesFirst ? pause : 0);
            var interruption = begin(stream, peer, source);
            Thread.SpinWait(receivesFirst ? 0 : pause);
            receiving ??= ReceiveAsync(peer);
            return interruption;
        }
    }

    private static async Task<(byte[] Data, Exception? Error)> ReceiveAsync(ConnectionStream peer)
    {
        using var all = new MemoryStream();
        try
        {
            var buffer = new byte[65536];
            while (await peer.ReadAsync(buffer.AsMemory()) is > 0 and var count) all.Write(buffer, 0, count);
            return (all.ToArray(), null);
        }
        catch (Exception e)
        {
            return (all.ToArray(), e);
        }
    }
}
