namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Theory]
    [InlineData("\r\n", "one\r\ntwo\r\n\r\nthree\r\n")]
    [InlineData("\r\n", "\r\r\n\n\r\n\r\r\r\n")]
    [InlineData("aab", "aaab|aabaab|abaab")]
    [InlineData("--end--", "x--end-y--end--end----end--")]
    [InlineData("\0\u00ff\0", "a\0\u00ffb\0\0\u00ff\0\u00ff\0\u00ff\0")]
    public async Task A_separator_may_come_in_any_cut(string separator, string input)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        List<string> expected = Split(input, separator);

        for (int cut = 0; cut <= input.Length; cut++)
        {
            await AssertReadsAsync(peer, input, cut, expected, () => stream.ReadUntilAsync(separator.Ascii()));
            await AssertReadsAsync(
                peer, input, cut, expected, async () => (await stream.BorrowUntilAsync(separator.Ascii())).ToArray());
            await AssertReadsAsync(
                peer, input, cut, expected, async () => new byte[await stream.SkipUntilAsync(separator.Ascii())], onlyLengths: true);
        }
    }

    [Theory]
    [InlineData("earliest end", "xabcdefcd", "xabcd|efcd", "abcdef", "cd")]
    [InlineData("line ends", "a\r\nb\n\nc\r\n", "a\r\n|b\n|\n|c\r\n", "\r\n", "\n")]
    [InlineData("longer comes first", "k=v;;x,;;,", "k=v;;|x,|;;|,", ";;", ",")]
    [InlineData("one within another", "STOPxSTxSTOP", "STOP|xSTxSTOP", "xSTOP", "STOP")]
    public async Task The_earliest_end_of_several_separators_wins_in_any_cut(
        string what, string input, string records, params string[] separators)
    {
        Assert.NotEmpty(what);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        ReadOnlyMemory<byte>[] any = [.. separators.Select(separator => new ReadOnlyMemory<byte>(separator.Ascii()))];

        for (int cut = 0; cut <= input.Length; cut++)
            await AssertReadsAsync(peer, input, cut, [.. records.Split('|')], () => stream.ReadUntilAnyAsync(any));
    }

    [Fact]
    public async Task The_shortest_of_several_separators_wins_on_a_tie()
    {
        // What shows it is the limit: without "\n" the record has two bytes, without "\r\n" three.
        await using Pair pair = await ConnectAsync(limit: 2).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("ab\r\n").Within();

        await Assert.ThrowsAsync<LimitOverrunException>(
            () => stream.ReadUntilAnyAsync(["\r\n".Ascii(), "\n".Ascii()]).Within());
        Assert.Equal("ab\r\n", (await stream.ReadUntilAnyAsync(["\r\n".Ascii(), ";".Ascii()]).Within()).Text());
    }

    [Fact]
    public async Task The_separator_is_a_newline_unless_given()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("one\ntwo;").Within();

        Assert.Equal("one\n", (await stream.ReadUntilAsync().Within()).Text());
        Assert.Equal("two;", (await stream.ReadUntilAsync((byte)';').Within()).Text());
    }

    [Theory]
    [InlineData("ReadUntilAsync")]
    [InlineData("ReadUntilAnyAsync")]
    [InlineData("BorrowUntilAsync")]
    [InlineData("SkipUntilAsync")]
    public async Task The_separator_is_copied_before_the_call_returns(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        byte[] separator = "##".Ascii();
        Task reading = member switch
        {
            "ReadUntilAsync" => stream.ReadUntilAsync(separator).AsTask(),
            "ReadUntilAnyAsync" => stream.ReadUntilAnyAsync([separator]).AsTask(),
            "BorrowUntilAsync" => stream.BorrowUntilAsync(separator).AsTask(),
            _ => stream.SkipUntilAsync(separator).AsTask(),
        };
        separator.AsSpan().Fill((byte)'!');
        await peer.SendAsync("a!!b##c!!").Within();

        await reading.Within();
        Assert.Equal("c!!", (await stream.ReadExactlyAsync(3).Within()).Text());
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("abc\r")]
    [InlineData("\r")]
    [InlineData("")]
    public async Task A_record_that_the_end_cuts_is_in_Partial_with_the_beginning_of_its_separator(string input)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync("ok\r\n" + input).Within();
        Assert.Equal("ok\r\n", (await stream.ReadUntilAsync("\r\n"u8).Within()).Text());

        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadUntilAsync("\r\n"u8).Within());

        Assert.Equal(input, cut.Partial.Text());
        Assert.Null(cut.Expected);
        Assert.Empty(await stream.ReadAsync().Within());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task Every_read_of_records_that_the_end_cuts_says_so()
    {
        await CutAsync(s => s.ReadUntilAsync((byte)';').AsTask());
        await CutAsync(s => s.ReadUntilAnyAsync([";".Ascii(), "\r\n".Ascii()]).AsTask());
        await CutAsync(s => s.BorrowUntilAsync(";"u8).AsTask());

        async Task CutAsync(Func<ConnectionStream, Task> read)
        {
            await using Pair pair = await ConnectAsync().Within();
            await pair.Peer.SendAndFinAsync("abc\r").Within();
            var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => read(pair.Stream).Within());
            Assert.Equal("abc\r", cut.Partial.Text());
            Assert.Null(cut.Expected);
        }
    }

    private static async Task AssertReadsAsync(
        Peer peer, string input, int cut, List<string> expected, Func<ValueTask<byte[]>> read, bool onlyLengths = false)
    {
        List<string> records = [];
        await peer.SendAsync(input[..cut]).Within();
        Task<byte[]> reading = read().AsTask();
        // With the read at its end the cut is one that it has seen.
        while (reading.IsCompleted && records.Count + 1 < expected.Count)
        {
            records.Add((await reading.Within()).Text());
            reading = read().AsTask();
        }

        await Task.Yield();
        await peer.SendAsync(input[cut..]).Within();
        records.Add((await reading.Within()).Text());
        while (records.Count < expected.Count)
            records.Add((await read().Within()).Text());

        if (onlyLengths)
            Assert.Equal(expected.Select(record => record.Length), records.Select(record => record.Length));
        else
            Assert.Equal(expected, records);
    }

    private static List<string> Split(string input, string separator)
    {
        string[] parts = input.Split(separator);
        Assert.Equal("", parts[^1]);
        return [.. parts[..^1].Select(part => part + separator)];
    }
}
