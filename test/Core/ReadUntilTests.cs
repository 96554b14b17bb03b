namespace Kestrel.Streams.Tests;

public class ReadUntilTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task The_separator_may_come_in_any_cut(int portion)
    {
        var transport = new ScriptedTransport { Portion = portion };
        await using var stream = Streams.Over(transport, limit: 8);
        transport.Arrive("a--b-+--+--+-rest");
        transport.ArriveEnd();
        Assert.Equal("a--b-+--+", (await stream.ReadUntilAsync("--+"u8).Within()).ToText());
        Assert.Equal("--+", (await stream.ReadUntilAsync("--+"u8).Within()).ToText());
        Assert.Equal("-rest", (await stream.ReadAsync().Within()).ToText());
    }

    [Fact]
    public async Task Without_a_separator_it_is_the_line_end()
    {
        await using var stream = Streams.With("a;b\n");
        Assert.Equal("a;", (await stream.ReadUntilAsync((byte)';').Within()).ToText());
        Assert.Equal("b\n", (await stream.ReadUntilAsync().Within()).ToText());
    }

    [Fact]
    public async Task The_end_before_the_separator_shows_all_that_had_come_and_leaves_nothing()
    {
        await using var stream = Streams.With("cut\r");
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadUntilAsync("\r\n"u8).Within());
        Assert.Equal("cut\r", cut.Partial.ToText());
        Assert.Null(cut.Expected);
        Assert.StartsWith("4 bytes read before the separator came", cut.Message, StringComparison.Ordinal);
        Assert.True(stream.AtEof);
        cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadUntilAsync("\r\n"u8).Within());
        Assert.Empty(cut.Partial);
    }

    [Fact]
    public async Task The_separator_is_copied_before_the_call_returns()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var separator = "||"u8.ToArray();
        var reading = stream.ReadUntilAsync(separator).AsTask();
        separator.AsSpan().Fill((byte)'x');
        transport.Arrive("axxb||");
        Assert.Equal("axxb||", (await reading.Within()).ToText());
    }

    [Fact]
    public async Task An_empty_separator_is_refused_and_takes_nothing()
    {
        await using var stream = Streams.With("x");
        Assert.Equal("separator", Assert.Throws<ArgumentException>(() => { _ = stream.ReadUntilAsync([]).AsTask(); }).ParamName);
        Assert.Equal("separator", Assert.Throws<ArgumentException>(() => { _ = stream.SkipUntilAsync([]).AsTask(); }).ParamName);
        Assert.Equal("separator", Assert.Throws<ArgumentException>(() => { _ = stream.BorrowUntilAsync([]).AsTask(); }).ParamName);
        Assert.Equal("x", (await stream.ReadAsync().Within()).ToText());
    }

    [Theory]
    [InlineData("12345||", 5)]
    [InlineData("||", 1)]
    [InlineData("1||", 1)]
    public async Task A_record_of_the_limit_is_fine(string record, int limit)
    {
        await using var stream = Streams.With(record, limit);
        Assert.Equal(record, (await stream.ReadUntilAsync("||"u8).Within()).ToText());
    }

    [Theory]
    [InlineData("123456||", 6)]
    [InlineData("1234567", 6)]
    public async Task A_record_over_the_limit_is_refused_and_stays(string input, long consumed)
    {
        await using var stream = Streams.With(input, limit: 5);
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadUntilAsync("||"u8).Within());
        Assert.Equal((consumed, 5), (over.Consumed, over.Limit));
        Assert.Equal(input, (await stream.ReadAsync().Within()).ToText());
    }

    [Fact]
    public async Task A_separator_longer_than_twice_the_limit_is_found()
    {
        await using var stream = Streams.With("ab=========rest", limit: 2);
        Assert.Equal("ab=========", (await stream.ReadUntilAsync("========="u8).Within()).ToText());
    }

    [Fact]
    public async Task Another_separator_is_sought_from_the_start()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        transport.Arrive("a;b");
        var reading = stream.ReadUntilAsync("\n"u8, source.Token).AsTask();
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        Assert.Equal("a;", (await stream.ReadUntilAsync(";"u8).Within()).ToText());
    }

    [Fact]
    public async Task A_separator_may_be_far_longer_than_the_limit()
    {
        var transport = new ScriptedTransport { Portion = 1 };
        await using var stream = Streams.Over(transport, limit: 2);
        var separator = new string('-', 5000) + "\n";
        transport.Arrive("ab" + separator + "rest");
        Assert.Equal("ab" + separator, (await stream.ReadUntilAsync(separator.ToBytes()).Within()).ToText());
    }

    [Fact]
    public async Task What_is_over_the_limit_is_counted_once_for_each_time()
    {
        await using var stream = Streams.With("123456789\n;x", limit: 4);
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadUntilAsync(";"u8).Within());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.BorrowLineAsync().Within());
        Assert.Equal(3, stream.LimitOverruns);
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadToEndAsync(5).Within());
        Assert.Equal(4, stream.LimitOverruns);
    }
}
