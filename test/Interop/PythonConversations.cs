using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>What must hold between our stream and asyncio's, whoever connects, over whatever socket, with TLS or without.</summary>
public abstract class PythonConversations(Network network, PeerSide side, TlsTerms? tls)
{
    protected Network Network => network;

    protected PeerSide Side => side;

    protected TlsTerms? Tls => tls;

    [Fact]
    public Task Lines_it_sends_in_one_go_come_back_in_order() =>
        TalkAsync(new Python("pipeline", 1, "10000"), Behaviour.EchoLinesAsync);

    [Fact]
    public Task Lines_we_send_in_one_go_come_back_in_order() =>
        TalkAsync(new Python("echo_lines"), stream => Behaviour.SendAndExpectAsync(stream, Samples.NumberedLines(10_000)));

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
    public Task What_we_sent_before_our_close_is_there_for_it_when_the_end_has_long_come()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            new Python("read_after_the_end"),
            async stream =>
            {
                Assert.Equal("go\n", Samples.Text(await stream.ReadLineAsync().Within()));
                await stream.WriteAsync("the answer"u8).Within();
                await stream.CloseAsync().Within();
                await stream.WaitClosedAsync().Within();
                closed.SetResult();
            },
            async peer =>
            {
                await closed.Task.Within();
                await peer.SendAsync("\n"u8.ToArray());
                Assert.Equal("the answer", await peer.ReadLineAsync());
            });
    }

    protected static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    protected Task TalkAsync(
        Python python, Func<ConnectionStream, Task> ours, Func<Peer, Task>? theirs = null, int limit = ConnectionStream.DefaultLimit) =>
        new Conversation(python, network, side) { Tls = tls, Limit = limit }.RunAsync(ours, async peer =>
        {
            if (theirs is not null)
                await theirs(peer);
            await peer.SucceedAsync();
        });
}
