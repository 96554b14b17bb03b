using System.Text;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task Lines_come_with_their_newline_and_the_cut_one_at_the_end_without()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("one\n\ntwo\r\nthree").Within();

        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("two\r\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("three", (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Text_lines_come_without_their_line_end_and_null_is_the_end()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("one\n\ntwo\r\n\r\nth\rree\r\r\nfour\r").Within();

        foreach (string line in new[] { "one", "", "two", "", "th\rree\r", "four\r" })
            Assert.Equal(line, await stream.ReadLineAsync(Encoding.ASCII).Within());
        Assert.Null(await stream.ReadLineAsync(Encoding.ASCII).Within());
        Assert.Null(await stream.ReadLineAsync(Encoding.ASCII).Within());
    }

    [Fact]
    public async Task A_text_line_is_whole_however_its_characters_are_cut()
    {
        const string Text = "Grüße, 世界 🌍";
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Task<string?> line = stream.ReadLineAsync(Encoding.UTF8).AsTask();
        foreach (byte part in Encoding.UTF8.GetBytes(Text + "\n"))
        {
            await peer.SendAsync(new[] { part }).Within();
            await Task.Yield();
        }

        Assert.Equal(Text, await line.Within());
    }

    [Fact]
    public async Task Pipelined_lines_come_one_by_one()
    {
        byte[] data = Bytes.KnownLines(100_000);
        await using Pair pair = await ConnectAsync(limit: 200).Within();
        var (stream, peer) = pair;
        Task sending = SendAllAsync();

        using var all = new MemoryStream();
        while (await stream.ReadLineAsync().Within() is { Length: > 0 } line)
        {
            Assert.InRange(line.AsSpan().IndexOf((byte)'\n'), -1, line.Length - 1);
            Assert.True(line[^1] == '\n' || stream.AtEof);
            all.Write(line);
        }

        await sending.Within();
        Bytes.AssertSame(data, all.ToArray());

        async Task SendAllAsync()
        {
            await peer.SendAsync(data);
            await peer.SendFinAsync();
        }
    }

    [Fact]
    public async Task A_loop_over_the_lines_ends_with_the_input()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("one\ntwo\nthree").Within();

        Assert.Equal(["one\n", "two\n", "three"], await CollectAsync().Within());

        async Task<List<string>> CollectAsync()
        {
            List<string> lines = [];
            await foreach (byte[] line in stream.ReadLinesAsync())
                lines.Add(line.Text());
            return lines;
        }
    }

    [Fact]
    public async Task A_loop_over_the_lines_that_is_left_early_loses_nothing()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("one\ntwo\nthree\n").Within();

        await LeaveAsync().Within();
        Assert.Equal("two\n", (await stream.ReadLineAsync().Within()).Text());
        await BorrowAndLeaveAsync().Within();
        Assert.Empty(await stream.ReadLineAsync().Within());

        async Task LeaveAsync()
        {
            await foreach (byte[] line in stream.ReadLinesAsync())
            {
                Assert.Equal("one\n", line.Text());
                return;
            }
        }

        async Task BorrowAndLeaveAsync()
        {
            await foreach (ReadOnlyMemory<byte> line in stream.BorrowLinesAsync())
            {
                Assert.Equal("three\n", line.Text());
                return;
            }
        }
    }
}
