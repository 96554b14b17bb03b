namespace Kestrel.Streams.Tests;

/// <summary>A program that answers only when its input has ended, made a network program by socat.</summary>
public sealed class ProgramBehindSocat
{
    [Theory]
    [InlineData(Network.Tcp, PeerSide.Connects)]
    [InlineData(Network.Tcp, PeerSide.Listens)]
    [InlineData(Network.Unix, PeerSide.Connects)]
    [InlineData(Network.Unix, PeerSide.Listens)]
    public Task Our_end_of_sending_is_the_end_of_its_input(Network network, PeerSide side)
    {
        var data = Samples.Random(Samples.Mebibyte);
        return new Conversation(new Socat(other: "EXEC:sha256sum"), network, side).RunAsync(
            async stream =>
            {
                await stream.WriteAsync(data).Within();
                await stream.WriteEofAsync().Within();
                Assert.Equal($"{Samples.Sha256(data)}  -\n", Samples.Text(await stream.ReadLineAsync().Within()));
                Assert.Empty(await stream.ReadAsync().Within());
            },
            peer => peer.EndAsync());
    }
}
