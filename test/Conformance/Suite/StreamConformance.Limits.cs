using System.Text;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    private const int ShortLimit = 100;
    private static readonly string _full = new('x', ShortLimit);

    /// <summary>Every member that is bound by the limit, asking for a line.</summary>
    private static readonly Dictionary<string, Func<ConnectionStream, Task<string>>> _limited = new()
    {
        ["ReadLineAsync()"] = async s => (await s.ReadLineAsync()).Text(),
        ["ReadLineAsync(encoding)"] = async s => await s.ReadLineAsync(Encoding.ASCII) + "\r\n",
        ["ReadUntilAsync(span)"] = async s => (await s.ReadUntilAsync("\n"u8)).Text(),
        ["ReadUntilAsync(byte)"] = async s => (await s.ReadUntilAsync((byte)'\n')).Text(),
        ["ReadUntilAnyAsync"] = async s => (await s.ReadUntilAnyAsync([";".Ascii(), "\n".Ascii()])).Text(),
        ["ReadLinesAsync"] = async s => (await FirstAsync(s.ReadLinesAsync()))!.Text(),
        ["BorrowLineAsync"] = async s => (await s.BorrowLineAsync()).Text(),
        ["BorrowUntilAsync"] = async s => (await s.BorrowUntilAsync("\n"u8)).Text(),
        ["BorrowLinesAsync"] = async s => (await FirstAsync(s.BorrowLinesAsync())).Text(),
    };

    public static TheoryData<string> LimitedMembers => new(_limited.Keys);

    [Theory]
    [MemberData(nameof(LimitedMembers))]
    public async Task A_line_of_exactly_the_limit_is_fine(string member)
    {
        string line = _full[1..] + "\r\n";
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAsync(line + line).Within();

        Assert.Equal(line, await _limited[member](stream).Within());
        Assert.Equal(line, await _limited[member](stream).Within());
    }

    [Theory]
    [MemberData(nameof(LimitedMembers))]
    public async Task A_line_over_the_limit_with_its_newline_there_is_refused_and_stays(string member)
    {
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAsync(_full + "y\nnext\n").Within();

        for (int again = 0; again < 2; again++)
        {
            var over = await Assert.ThrowsAsync<LimitOverrunException>(() => _limited[member](stream).Within());
            Assert.Equal(ShortLimit, over.Limit);
            Assert.InRange(over.Consumed, ShortLimit, ShortLimit + 1);
            Assert.Contains(ShortLimit.ToString(), over.Message, StringComparison.Ordinal);
        }

        Assert.Equal(_full + "y\n", (await stream.ReadExactlyAsync(ShortLimit + 2).Within()).Text());
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).Text());
    }

    [Theory]
    [MemberData(nameof(LimitedMembers))]
    public async Task A_line_over_the_limit_without_its_newline_is_refused_and_stays(string member)
    {
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAsync(_full + "y").Within();

        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => _limited[member](stream).Within());

        Assert.Equal(ShortLimit, over.Limit);
        Assert.InRange(over.Consumed, ShortLimit, ShortLimit + 1);
        Assert.Equal(_full + "y", (await stream.ReadExactlyAsync(ShortLimit + 1).Within()).Text());
        await peer.SendAsync("z\n").Within();
        Assert.Equal("z\n", (await stream.ReadLineAsync().Within()).Text());
    }

    [Fact]
    public async Task A_line_at_the_limit_waits_for_the_rest_of_its_separator()
    {
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAsync(_full + "\r").Within();
        Task<byte[]> reading = stream.ReadUntilAsync("\r\n"u8).AsTask();
        await Eventually.StaysPendingAsync(reading);

        await peer.SendAsync("\n").Within();

        Assert.Equal(_full + "\r\n", (await reading.Within()).Text());
    }

    [Fact]
    public async Task A_line_at_the_limit_whose_separator_comes_to_nothing_is_refused()
    {
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAsync(_full + "\r").Within();
        Task<byte[]> reading = stream.ReadUntilAsync("\r\n"u8).AsTask();
        await Eventually.StaysPendingAsync(reading);

        await peer.SendAsync("\r\r\n").Within();

        await Assert.ThrowsAsync<LimitOverrunException>(() => reading.Within());
        Assert.Equal(_full + "\r\r\r\n", (await stream.ReadExactlyAsync(ShortLimit + 4).Within()).Text());
    }

    [Fact]
    public async Task A_separator_may_be_longer_than_the_limit()
    {
        await using Pair pair = await ConnectAsync(limit: 3).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("abc--boundary--abcd--boundary--").Within();

        Assert.Equal("abc--boundary--", (await stream.ReadUntilAsync("--boundary--"u8).Within()).Text());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadUntilAsync("--boundary--"u8).Within());
        Assert.Equal("abcd--boundary--", (await stream.ReadExactlyAsync(16).Within()).Text());
    }

    [Fact]
    public async Task A_cut_last_line_may_be_of_exactly_the_limit()
    {
        await using Pair pair = await ConnectAsync(ShortLimit).Within();
        var (stream, peer) = pair;
        await peer.SendAndFinAsync(_full).Within();

        Assert.Equal(_full, (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task A_limit_of_one_byte_works()
    {
        await using Pair pair = await ConnectAsync(limit: 1).Within();
        var (stream, peer) = pair;
        await peer.SendAsync("\na\nbc\n").Within();

        Assert.Equal(1, stream.Limit);
        Assert.Equal("\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("a\n", (await stream.ReadLineAsync().Within()).Text());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        Assert.Equal(3, await stream.SkipLineAsync().Within());
    }

    [Fact]
    public async Task Reads_by_count_are_not_bound_by_the_limit()
    {
        byte[] data = Bytes.Known(50_000);
        await using Pair pair = await ConnectAsync(limit: 10).Within();
        var (stream, peer) = pair;
        Task sending = peer.SendAsync(data);

        Bytes.AssertSame(data.AsMemory(0, 20_000), await stream.ReadExactlyAsync(20_000).Within());
        Bytes.AssertSame(data.AsMemory(20_000, 20_000), (await stream.BorrowExactlyAsync(20_000).Within()));
        using var rest = new MemoryStream();
        while (rest.Length < 10_000)
            rest.Write(await stream.ReadAsync(1000).Within());
        await sending.Within();
        Bytes.AssertSame(data.AsMemory(40_000), rest.ToArray());
    }

    [Fact]
    public async Task The_limit_is_64_KiB_unless_set()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        string line = new string('l', 65536) + "\n";
        Task sending = peer.SendAsync(line + "+" + line);

        Assert.Equal(65536, stream.Limit);
        Assert.Equal(ConnectionStream.DefaultLimit, stream.Limit);
        Assert.Equal(line, (await stream.ReadLineAsync().Within()).Text());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        Assert.Equal(65538, await stream.SkipLineAsync().Within());
        await sending.Within();
    }

    private static async Task<T?> FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T item in items)
            return item;
        return default;
    }
}
