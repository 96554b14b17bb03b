using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What must hold between our stream and asyncio's where one way of a connection can end alone, and where a reset can be seen.</summary>
public abstract class PythonPlainConversations(Network network, PeerSide side) : PythonConversations(network, side, tls: null)
{
    [Fact]
    public Task It_sends_a_mebibyte_and_its_end_and_gets_it_all_back() =>
        TalkAsync(new Python("send_all_then_read", 1, Number(Samples.Mebibyte)), Behaviour.ReadAllThenSendAsync);

    [Fact]
    public Task We_send_a_mebibyte_and_our_end_and_get_it_all_back()
    {
        var data = Samples.Random(Samples.Mebibyte);
        return TalkAsync(
            new Python("read_all_then_send"),
            stream => Behaviour.SendAllThenReadAsync(stream, data),
            async peer => Assert.Equal(Samples.Sha256(data), await peer.ReadLineAsync()));
    }

    [Fact]
    public Task Its_reset_ends_our_writing_with_an_error() =>
        TalkAsync(new Python("reset_while_receiving"), stream => Behaviour.WriteUntilBrokenAsync(stream));

    [Fact]
    public Task Its_reset_wakes_our_waiting_read()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            new Python("reset_on_command"),
            async stream =>
            {
                var read = stream.ReadLineAsync().Within();
                waiting.SetResult();
                if (Network == Network.Tcp)
                    Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>((await Assert.ThrowsAnyAsync<IOException>(() => read)).InnerException).SocketErrorCode);
                else
                    Assert.Empty(await read); // A Unix socket has no reset to send.
            },
            async peer =>
            {
                await waiting.Task.Within();
                await peer.SendAsync("\n"u8.ToArray());
            });
    }

    [Fact]
    public Task Our_abort_is_a_reset_to_it_where_there_is_one() => TalkAsync(
        new Python("expect_reset"),
        async stream =>
        {
            Assert.Equal("go\n", Samples.Text(await stream.ReadLineAsync().Within()));
            await stream.AbortAsync().Within();
        },
        async peer => Assert.Equal(Network == Network.Tcp ? "reset" : "end after 0 bytes", await peer.ReadLineAsync()));
}

public sealed class PythonConnectsOverTcp() : PythonPlainConversations(Network.Tcp, PeerSide.Connects);

public sealed class PythonConnectsOverUnix() : PythonPlainConversations(Network.Unix, PeerSide.Connects);

public sealed class PythonListensOverTcp() : PythonPlainConversations(Network.Tcp, PeerSide.Listens);

public sealed class PythonListensOverUnix() : PythonPlainConversations(Network.Unix, PeerSide.Listens);
