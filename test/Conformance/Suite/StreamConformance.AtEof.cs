namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task AtEof_is_false_while_the_input_goes_on()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Assert.False(stream.AtEof);
        await peer.SendAsync("a\nb\n").Within();
        Assert.False(stream.AtEof);
        Assert.Equal("a\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.False(stream.AtEof);
        Assert.Equal("b\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.False(stream.AtEof);
    }

    [Fact]
    public async Task AtEof_turns_true_without_another_read_when_the_end_comes_behind_the_last_line()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("last\n").Within();

        Assert.Equal("last\n", (await stream.ReadLineAsync().Within()).Text());

        await Eventually.IsTrueAsync(() => stream.AtEof);
        Assert.Empty(await stream.ReadLineAsync().Within());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task AtEof_turns_true_without_any_read_when_nothing_came_before_the_end()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendFinAsync().Within();

        await Eventually.IsTrueAsync(() => stream.AtEof);
    }

    [Fact]
    public async Task AtEof_is_false_while_data_is_there_before_the_end()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("first\nlast\n").Within();

        Assert.Equal("first\n", (await stream.ReadLineAsync().Within()).Text());
        for (int look = 0; look < 50; look++)
        {
            Assert.False(stream.AtEof);
            await Task.Yield();
        }

        Assert.Equal("last\n", (await stream.ReadLineAsync().Within()).Text());
        await Eventually.IsTrueAsync(() => stream.AtEof);
    }

    [Fact]
    public async Task Looking_for_the_end_takes_nothing()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Assert.False(stream.AtEof);
        Task<byte[]> line = stream.ReadLineAsync().AsTask();
        foreach (char c in "abc\n")
        {
            Assert.False(stream.AtEof);
            await peer.SendAsync(c.ToString()).Within();
        }

        Assert.Equal("abc\n", (await line.Within()).Text());
    }

    [Fact]
    public async Task AtEof_is_true_after_our_own_close()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("a\nunread\n").Within();
        await stream.ReadLineAsync().Within();

        await stream.CloseAsync().Within();

        Assert.True(stream.AtEof);
    }
}
