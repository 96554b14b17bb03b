using System.Globalization;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What must hold between our stream and asyncio's, whoever connects and over whatever socket.</summary>
public abstract class PythonConversations(Network network, PeerSide side)
{
    [Fact]
    public Task Lines_it_sends_in_one_go_come_back_in_order() =>
        TalkAsync(new Python("pipeline", 1, "10000"), Behaviour.EchoLinesAsync);

    [Fact]
    public Task Lines_we_send_in_one_go_come_back_in_order() =>
        TalkAsync(new Python("echo_lines"), stream => Behaviour.SendAndExpectAsync(stream, Samples.NumberedLines(10_000)));

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
    public Task A_line_cut_by_its_end_is_given_as_it_is() => TalkAsync(new Python("cut"), Behaviour.ReadLineCutByEndAsync);

    [Fact]
    public Task A_record_cut_by_its_end_is_an_error_with_what_came() => TalkAsync(new Python("cut"), Behaviour.ReadUntilCutByEndAsync);

    [Fact]
    public Task A_line_may_come_byte_by_byte() => TalkAsync(new Python("byte_by_byte"), Behaviour.EchoOneLineAsync);

    [Theory]
    [InlineData(900_000)]
    [InlineData(Samples.Mebibyte)]
    public Task A_long_line_up_to_the_limit_is_one_line(int length) =>
        TalkAsync(new Python("long_line", 1, Number(length)), Behaviour.EchoOneLineAsync, limit: Samples.Mebibyte);

    [Fact]
    public Task A_line_over_the_limit_is_refused_and_the_next_one_is_right()
    {
        const int length = Samples.Mebibyte + 50_000;
        return TalkAsync(
            new Python("over_limit", 1, Number(length)), stream => Behaviour.SkipLineOverLimitAsync(stream, length), limit: Samples.Mebibyte);
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
                if (network == Network.Tcp)
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
    public Task What_we_sent_before_our_close_reaches_it_though_it_reads_late_and_we_left_input_unread()
    {
        var answer = Samples.Random(64 * 1024);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            new Python("read_late", 1, "300000"),
            async stream =>
            {
                Assert.Equal("go\n", Samples.Text(await stream.ReadLineAsync().Within()));
                stream.Write(answer);
                await stream.CloseAsync().Within();
                closed.SetResult();
            },
            async peer =>
            {
                await closed.Task.Within();
                await peer.SendAsync("\n"u8.ToArray());
                Assert.Equal(Samples.Sha256(answer), await peer.ReadLineAsync());
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
        async peer => Assert.Equal(network == Network.Tcp ? "reset" : "end after 0 bytes", await peer.ReadLineAsync()));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task TalkAsync(
        Python python, Func<ConnectionStream, Task> ours, Func<Peer, Task>? theirs = null, int limit = ConnectionStream.DefaultLimit) =>
        new Conversation(python, network, side) { Limit = limit }.RunAsync(ours, async peer =>
        {
            if (theirs is not null)
                await theirs(peer);
            await peer.SucceedAsync();
        });
}

public sealed class PythonConnectsOverTcp() : PythonConversations(Network.Tcp, PeerSide.Connects);

public sealed class PythonConnectsOverUnix() : PythonConversations(Network.Unix, PeerSide.Connects);

public sealed class PythonListensOverTcp() : PythonConversations(Network.Tcp, PeerSide.Listens);

public sealed class PythonListensOverUnix() : PythonConversations(Network.Unix, PeerSide.Listens);
