namespace Kestrel.Streams.Tests;

/// <summary>
/// What must hold between our stream and a command line tool that copies its input and output and ends its sending when its input
/// ends, whoever connects, with TLS or without.
/// </summary>
public abstract class ToolConversations(IPeerProgram tool, Network network, PeerSide side, TlsTerms? tls)
{
    [Fact]
    public Task Lines_it_sends_in_one_go_come_back_in_order()
    {
        var lines = Samples.NumberedLines(10_000);
        return TalkAsync(Behaviour.EchoLinesAsync, peer => SendAndExpectAsync(peer, lines));
    }

    [Fact]
    public Task It_sends_a_mebibyte_and_its_end_and_gets_it_all_back()
    {
        var data = Samples.Random(Samples.Mebibyte);
        return TalkAsync(Behaviour.ReadAllThenSendAsync, peer => SendAndExpectAsync(peer, data));
    }

    [Fact]
    public Task A_line_cut_by_its_end_is_given_as_it_is() =>
        TalkAsync(Behaviour.ReadLineCutByEndAsync, peer => peer.SendAllAsync("whole\npart"u8.ToArray()));

    [Fact]
    public Task A_record_cut_by_its_end_is_an_error_with_what_came() =>
        TalkAsync(Behaviour.ReadUntilCutByEndAsync, peer => peer.SendAllAsync("whole\npart"u8.ToArray()));

    [Fact]
    public Task A_line_may_come_byte_by_byte()
    {
        var line = "one byte at a time\n"u8.ToArray();
        return TalkAsync(Behaviour.EchoOneLineAsync, async peer =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                await peer.SendAsync(line.AsMemory(i, 1));
                await Task.Delay(2); // Gives the byte time to travel alone; nothing is waited for.
            }

            Assert.Equal(line, await peer.ReadExactlyAsync(line.Length));
            peer.EndInput();
        });
    }

    [Fact]
    public Task A_long_line_under_the_limit_is_one_line() =>
        TalkAsync(Behaviour.EchoOneLineAsync, peer => SendAndExpectAsync(peer, Samples.LineOf(900_000)));

    [Fact]
    public Task A_line_over_the_limit_is_refused_and_the_next_one_is_right()
    {
        const int length = Samples.Mebibyte + 50_000;
        return TalkAsync(stream => Behaviour.SkipLineOverLimitAsync(stream, length), async peer =>
        {
            await peer.SendAllAsync((byte[])[.. Samples.LineOf(length), .. "next\n"u8]);
            Assert.Equal("next\n", Samples.Text(await peer.ReadToEndAsync()));
        });
    }

    [Fact]
    public Task Its_death_in_the_middle_of_our_writing_is_an_error()
    {
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(stream => Behaviour.WriteUntilBrokenAsync(stream, writing), async peer =>
        {
            await writing.Task.Within();
            peer.Kill();
        });
    }

    private static async Task SendAndExpectAsync(Peer peer, byte[] data)
    {
        var sent = peer.SendAllAsync(data);
        var back = await peer.ReadToEndAsync();
        await sent;
        Assert.Equal(data.Length, back.Length);
        Assert.Equal(Samples.Sha256(data), Samples.Sha256(back));
    }

    protected Task TalkAsync(Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        new Conversation(tool, network, side) { Tls = tls, Limit = Samples.Mebibyte }.RunAsync(ours, async peer =>
        {
            await theirs(peer);
            await peer.EndAsync();
        });
}
