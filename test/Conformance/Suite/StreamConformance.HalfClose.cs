namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task The_stream_tells_whether_its_output_can_end_alone()
    {
        await using Pair pair = await ConnectAsync().Within();

        Assert.Equal(CanHalfClose, pair.Stream.CanWriteEof);
    }

    [Fact]
    public async Task An_end_of_the_output_that_cannot_be_is_refused_and_changes_nothing()
    {
        Assert.SkipWhen(CanHalfClose, "The output of this transport can end alone.");
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        for (int again = 0; again < 2; again++)
            await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());

        await stream.WriteAsync("still here").Within();
        Assert.Equal("still here", await peer.ReceiveTextAsync(10).Within());
        await peer.SendAsync("x").Within();
        Assert.Equal("x", (await stream.ReadExactlyAsync(1).Within()).Text());
    }

    [Fact]
    public async Task The_end_of_the_output_follows_all_that_was_written_and_reading_goes_on()
    {
        NeedsHalfClose();
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> receiving = peer.ReceiveToEndAsync();
        byte[] data = Bytes.Known(1 << 20);
        stream.Write("first"u8);
        Task writing = stream.WriteAsync(data).AsTask();

        await stream.WriteEofAsync().Within();
        await writing.Within();

        Bytes.AssertSame((byte[])[.. "first"u8, .. data], await receiving.Within());
        await peer.SendAndFinAsync("answer\n").Within();
        Assert.Equal("answer\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Ending_the_output_again_is_fine_and_writing_after_it_is_refused()
    {
        NeedsHalfClose();
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await Task.WhenAll(stream.WriteEofAsync().AsTask(), stream.WriteEofAsync().AsTask()).Within();
        await stream.WriteEofAsync().Within();

        List<string?> complaints = [];
        foreach (var (name, write) in Writes.All)
            complaints.Add(await WhyNotAsync<InvalidOperationException>(name, () => write(stream, CancellationToken.None)));
        foreach (var (name, write) in Writes.Blocking)
            complaints.Add(await WhyNotAsync<InvalidOperationException>(name, () => Task.Run(() => write(stream))));

        // ObjectDisposedException is an InvalidOperationException too, but means something else.
        Assert.IsType<InvalidOperationException>(Record.Exception(() => stream.Write("x"u8)));
        AssertNone(complaints);
        await stream.FlushAsync().Within();
        await stream.DrainAsync().Within();
        Assert.Empty(await peer.ReceiveToEndAsync().Within());
    }

    [Fact]
    public async Task The_end_of_the_peer_ends_reading_only()
    {
        Assert.SkipUnless(OutlivesTheEndOfThePeer, "This transport closes both ways at the end of the peer.");
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        CancellationToken closed = stream.Closed;
        await peer.SendAndFinAsync("question\n").Within();
        Assert.Equal("question\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
        Assert.True(stream.AtEof);

        byte[] answer = Bytes.Known(1 << 20);
        Task<byte[]> receiving = peer.ReceiveAsync(answer.Length);
        await stream.WriteAsync(answer).Within();

        Bytes.AssertSame(answer, await receiving.Within());
        Assert.False(closed.IsCancellationRequested);
        Assert.False(stream.IsClosing);
    }

    [Fact]
    public async Task Closed_fires_when_both_ways_have_ended()
    {
        NeedsHalfClose();
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task closed = Eventually.FiredAsync(stream.Closed);

        await stream.WriteEofAsync().Within();
        Assert.Empty(await peer.ReceiveToEndAsync().Within());
        await Eventually.StaysPendingAsync(closed);
        await peer.SendFinAsync().Within();

        await closed.Within();
    }

    [Fact]
    public async Task Closed_does_not_fire_on_the_end_of_the_peer_alone()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task closed = Eventually.FiredAsync(stream.Closed);

        await peer.SendFinAsync().Within();
        await Eventually.IsTrueAsync(() => stream.AtEof);
        await Eventually.StaysPendingAsync(closed);

        if (CanHalfClose)
            await stream.WriteEofAsync().Within();
        else
            await stream.CloseAsync().Within();
        await closed.Within();
    }

    [Fact]
    public async Task A_conversation_of_one_question_and_one_answer_needs_no_framing()
    {
        NeedsHalfClose();
        byte[] question = Bytes.Known(1 << 20);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task answering = AnswerAsync();

        await stream.WriteAsync(question).Within();
        await stream.WriteEofAsync().Within();

        Bytes.AssertSame(question, await stream.ReadToEndAsync().Within());
        await answering.Within();

        async Task AnswerAsync()
        {
            await peer.SendAsync(await peer.ReceiveToEndAsync());
            await peer.SendFinAsync();
        }
    }
}
