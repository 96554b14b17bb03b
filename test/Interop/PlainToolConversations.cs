namespace Kestrel.Streams.Tests;

/// <summary>What must hold between our stream and such a tool where we can end our sending alone.</summary>
public abstract class PlainToolConversations(IPeerProgram tool, Network network, PeerSide side)
    : ToolConversations(tool, network, side, tls: null)
{
    // nc, listening, leaves when the other end has ended its sending.
    private readonly bool _leavesAtOurEnd = tool is Netcat && side == PeerSide.Listens;

    [Fact]
    public Task We_send_a_mebibyte_and_our_end_and_still_get_its_answer()
    {
        var data = Samples.Random(Samples.Mebibyte);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            async stream =>
            {
                await stream.WriteAsync(data).Within();
                await stream.WriteEofAsync().Within();
                ended.SetResult();
                Assert.Equal(_leavesAtOurEnd ? "" : "answer", Samples.Text(await stream.ReadToEndAsync().Within()));
            },
            async peer =>
            {
                Assert.Equal(Samples.Sha256(data), Samples.Sha256(await peer.ReadExactlyAsync(data.Length)));
                await ended.Task.Within();
                if (!_leavesAtOurEnd)
                    await peer.SendAllAsync("answer"u8.ToArray());
                Assert.Empty(await peer.ReadToEndAsync());
            });
    }
}

public sealed class SocatConnectsOverTcp() : PlainToolConversations(new Socat(), Network.Tcp, PeerSide.Connects);

public sealed class SocatConnectsOverUnix() : PlainToolConversations(new Socat(), Network.Unix, PeerSide.Connects);

public sealed class SocatListensOverTcp() : PlainToolConversations(new Socat(), Network.Tcp, PeerSide.Listens);

public sealed class SocatListensOverUnix() : PlainToolConversations(new Socat(), Network.Unix, PeerSide.Listens);

public sealed class NetcatConnectsOverTcp() : PlainToolConversations(new Netcat(), Network.Tcp, PeerSide.Connects);

public sealed class NetcatConnectsOverUnix() : PlainToolConversations(new Netcat(), Network.Unix, PeerSide.Connects);

public sealed class NetcatListensOverTcp() : PlainToolConversations(new Netcat(), Network.Tcp, PeerSide.Listens);

public sealed class NetcatListensOverUnix() : PlainToolConversations(new Netcat(), Network.Unix, PeerSide.Listens);
