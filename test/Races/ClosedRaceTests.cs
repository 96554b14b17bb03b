namespace Kestrel.Streams.Tests;

/// <summary>The two ways end at the same moment: the last one of them must see that it is.</summary>
public sealed class ClosedRaceTests : IDisposable
{
    private readonly Rival _rival = new();

    [Theory]
    [InlineData("memory", 3000)]
    [InlineData("TCP", 500)]
    [InlineData("Unix", 500)]
    public async Task Closed_fires_however_the_ends_of_both_ways_meet(string kind, int rounds)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(rounds, async random =>
        {
            var (stream, peer) = await wire.ConnectAsync(StreamMode.ReadWrite);
            var (one, other) = (stream.Closed, peer.Closed);
            var (mine, theirs) = _rival.Meet(
                Rival.AnyMoment(random), () => stream.WriteEofAsync().AsTask(), Rival.AnyMoment(random), () => peer.WriteEofAsync().AsTask());
            await Task.WhenAll(mine, theirs).Within();
            await Eventually.FiredAsync(one).Within();
            await Eventually.FiredAsync(other).Within();
            await stream.CloseAsync().Within();
            await peer.CloseAsync().Within();
        });
    }

    public void Dispose() => _rival.Dispose();
}
