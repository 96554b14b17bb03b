namespace Kestrel.Streams.Tests;

public class ReadUntilAnyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task The_earliest_end_wins_in_any_cut(int portion)
    {
        var transport = new ScriptedTransport { Portion = portion };
        await using var stream = Streams.Over(transport, limit: 8);
        transport.Arrive("a\r\nb\nc;\r\n.\r\nd");
        transport.ArriveEnd();
        var separators = Separators("\r\n.\r\n", "\n", ";");
        Assert.Equal("a\r\n", (await stream.ReadUntilAnyAsync(separators).Within()).ToText());
        Assert.Equal("b\n", (await stream.ReadUntilAnyAsync(separators).Within()).ToText());
        Assert.Equal("c;", (await stream.ReadUntilAnyAsync(separators).Within()).ToText());
        Assert.Equal("\r\n", (await stream.ReadUntilAnyAsync(separators).Within()).ToText());
        Assert.Equal(".\r\n", (await stream.ReadUntilAnyAsync(separators).Within()).ToText());
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadUntilAnyAsync(separators).Within());
        Assert.Equal("d", cut.Partial.ToText());
    }

    [Theory]
    [InlineData("\n", "\r\n")]
    [InlineData("\r\n", "\n")]
    public async Task On_a_tie_the_shortest_wins(string first, string second)
    {
        // Where both end together only the length of what counts against the limit tells which one won.
        await using var stream = Streams.With("12345\r\n", limit: 5);
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadUntilAnyAsync(Separators(first, second)).Within());
        Assert.Equal(6, over.Consumed);
    }

    [Fact]
    public async Task A_longer_one_that_ends_later_does_not_win_though_it_begins_first()
    {
        await using var stream = Streams.With("abcdefg");
        Assert.Equal("abc", (await stream.ReadUntilAnyAsync(Separators("bcdef", "c")).Within()).ToText());
    }

    [Fact]
    public async Task Over_the_limit_without_a_separator_nothing_is_consumed()
    {
        await using var stream = Streams.With("1234567", limit: 5);
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadUntilAnyAsync(Separators("\n", "\r\n")).Within());
        Assert.Equal((6, 5), (over.Consumed, over.Limit));
        Assert.Equal("1234567", (await stream.ReadAsync().Within()).ToText());
    }

    [Fact]
    public async Task Bad_separators_are_refused()
    {
        await using var stream = Streams.With("x");
        Assert.Equal("separators", Assert.Throws<ArgumentNullException>(() => { _ = stream.ReadUntilAnyAsync(null!).AsTask(); }).ParamName);
        Assert.Equal("separators", Assert.Throws<ArgumentException>(() => { _ = stream.ReadUntilAnyAsync([]).AsTask(); }).ParamName);
        var empty = Assert.Throws<ArgumentException>(() => { _ = stream.ReadUntilAnyAsync(Separators("a", "")).AsTask(); });
        Assert.Equal("separators", empty.ParamName);
        Assert.Contains("at 1 is empty", empty.Message, StringComparison.Ordinal);
        Assert.Equal("x", (await stream.ReadAsync().Within()).ToText());
    }

    [Fact]
    public async Task The_separators_are_copied_before_the_call_returns()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var separator = ";"u8.ToArray();
        var reading = stream.ReadUntilAnyAsync([separator]).AsTask();
        separator[0] = (byte)'a';
        transport.Arrive("a;");
        Assert.Equal("a;", (await reading.Within()).ToText());
    }

    private static List<ReadOnlyMemory<byte>> Separators(params string[] texts) =>
        [.. texts.Select(text => (ReadOnlyMemory<byte>)text.ToBytes())];

    [Fact]
    public async Task A_record_of_exactly_the_limit_may_wait_for_its_separator()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport, limit: 5);
        var record = stream.ReadUntilAnyAsync(Separators("\n", ";"));
        transport.Arrive("12345");
        Assert.False(record.IsCompleted);
        transport.Arrive(";");
        Assert.Equal("12345;", (await record.Within()).ToText());
    }

    [Fact]
    public async Task An_empty_record_is_one_although_another_separator_comes_later()
    {
        await using var stream = Streams.With("\nabc;");
        Assert.Equal("\n", (await stream.ReadUntilAnyAsync(Separators("\n", ";")).Within()).ToText());
        Assert.Equal("abc;", (await stream.ReadUntilAnyAsync(Separators("\n", ";")).Within()).ToText());
    }
}
