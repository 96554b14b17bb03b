namespace Kestrel.Streams.Tests;

/// <summary>
/// Every kind of read, while it waits or while its bytes just come, and everything that can come in between. Nothing is lost where the
/// stream lives on; nothing is left where it does not.
/// </summary>
public sealed class ReadRaceTests : IDisposable
{
    private readonly Rival _rival = new();

    public static TheoryData<string, string> Cells => Interruption.OnEveryWire(reading: true);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_read_and_what_comes_in_between(string kind, string what)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(1500 / wire.Cost, random => RoundAsync(wire, what, random));
    }

    public void Dispose() => _rival.Dispose();

    private async Task RoundAsync(Wire wire, string what, Random random)
    {
        var (begin, cause) = Interruption.All[what];
        var (name, (wants, read)) = Reads.All[random.Next(Reads.All.Length)];
        if (cause == Cause.Cancel && Reads.IsBlocking(name)) return;
        var race = $"{name} over {wire.Kind} with {what}";
        var (stream, peer) = await wire.ConnectAsync(StreamMode.Read);
        var sockets = new[] { stream.Socket, peer.Socket };
        var closed = random.Next(2) == 0 ? stream.Closed : CancellationToken.None;
        using var source = new CancellationTokenSource();

        var before = random.Next(3) == 0 ? 0 : random.Next(Math.Min(wants, 40_000));
        var coming = random.Next(3) == 0 ? 0 : random.Next(2 * wants);
        if (before > 0) await peer.WriteAsync(Content.At(0, before)).Within();
        var (sent, unsure) = (before, 0);
        Taken taken = default;
        var (sendsFirst, pause) = (random.Next(2) == 0, Rival.AnyMoment(random));
        var (reading, between) = _rival.Meet(Rival.AnyMoment(random), ReadAsync, Rival.AnyMoment(random), Between);
        // Of two that cannot be beside each other the second one ends, and the first one waits on.
        if (cause == Cause.SecondCall && await Task.WhenAny(reading, between).Within(what: race) == between) await stream.AbortAsync().Within();
        var error = await Outcome.OfAsync(reading, race, cause, source.Token);

        switch (cause)
        {
            case Cause.OwnClose or Cause.OwnAbort:
                if (taken.Data is { } data) Content.IsAt(0, data, race);
                await peer.AbortAsync().Within(); // else what it has sent would be drained for a second
                await Outcome.OfInterruptionAsync(between, race, cause);
                await After.IsClosedAsync(stream, race, closed);
                break;
            case Cause.SecondCall:
                await stream.AbortAsync().Within();
                await Outcome.OfInterruptionAsync(between, race, cause);
                break;
            case Cause.PeerReset:
                await Outcome.OfInterruptionAsync(between, race, cause);
                Assert.False(wire.ShowsAbort && error is null && name == "ReadToEndAsync", $"{race}: a cut answer looks whole.");
                await After.IsResetAsync(stream, wire.ShowsAbort, race, closed);
                break;
            default:
                if (error is IncompleteReadException cut) taken = cut.Partial;
                if (taken.Data is { } bytes) Content.IsAt(0, bytes, race);
                await After.HasTheRestAsync(stream, Reads.TellsWhatItTook(name, error) ? taken.Count : null, EndAsync, race);
                Assert.False(closed.IsCancellationRequested && !wire.IsOneWay, $"{race}: Closed has fired, and the output lives.");
                break;
        }

        await stream.AbortAsync().Within();
        await peer.AbortAsync().Within();
        Assert.All(sockets, socket => Assert.True(socket is null || socket.SafeHandle.IsClosed, $"{race}: a socket is open."));
        await After.BlocksAreBackAsync(cause is Cause.OwnClose or Cause.OwnAbort or Cause.SecondCall ? taken.Block : null, race);

        async Task<(int Least, int Most)> EndAsync()
        {
            await Outcome.OfInterruptionAsync(between, race, cause);
            if (cause == Cause.PeerEnd) return (sent, unsure + sent);
            await peer.WriteAsync(Content.At(sent, 1000)).Within();
            await peer.CloseAsync().Within();
            return (sent + 1000, sent + 1000);
        }

        async Task ReadAsync() => taken = await read(stream, source.Token);

        Task Between()
        {
            var first = sendsFirst ? SendAsync() : begin(stream, peer, source);
            Thread.SpinWait(pause);
            return Task.WhenAll(first, sendsFirst ? begin(stream, peer, source) : SendAsync());
        }

        async Task SendAsync()
        {
            try
            {
                if (coming == 0) return;
                await peer.WriteAsync(Content.At(before, coming));
                sent += coming;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It has gone itself, which sends what it had accepted, or the other one has.
                unsure = coming;
            }
        }
    }
}
