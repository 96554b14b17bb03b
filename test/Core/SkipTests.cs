namespace Kestrel.Streams.Tests;

public class SkipTests
{
    [Fact]
    public async Task A_line_far_over_the_limit_is_skipped_without_being_buffered()
    {
        var transport = new ScriptedTransport { Portion = 1000 };
        await using var stream = Streams.Over(transport, limit: 10);
        transport.Arrive(new byte[100_000]);
        transport.Arrive("\nnext\n");
        Assert.Equal(100_001, await stream.SkipLineAsync().Within());
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.All(transport.Rooms, room => Assert.InRange(room, 0, 20));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public async Task A_separator_may_come_in_any_cut(int portion)
    {
        var transport = new ScriptedTransport { Portion = portion };
        await using var stream = Streams.Over(transport, limit: 4);
        transport.Arrive("12345678-=-==-rest");
        transport.ArriveEnd();
        Assert.Equal(14, await stream.SkipUntilAsync("==-"u8).Within());
        Assert.Equal("rest", (await stream.ReadAsync().Within()).ToText());
    }

    [Fact]
    public async Task At_the_end_it_tells_what_it_has_skipped()
    {
        await using var stream = Streams.With("no end");
        Assert.Equal(6, await stream.SkipLineAsync().Within());
        Assert.Equal(0, await stream.SkipLineAsync().Within());
    }

    [Fact]
    public async Task Cancelled_it_has_skipped_what_it_has_skipped()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        transport.Arrive("gone");
        var skipping = stream.SkipLineAsync(source.Token).AsTask();
        await source.CancelAsync();
        await skipping.ThrowsCancelledAsync(source.Token);
        transport.Arrive("left\n");
        Assert.Equal("left\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task What_is_skipped_to_the_end_is_counted_over_all_pieces()
    {
        var transport = new ScriptedTransport { Portion = 3 };
        await using var stream = Streams.Over(transport, limit: 4);
        transport.Arrive("0123456789--");
        transport.ArriveEnd();
        Assert.Equal(12, await stream.SkipUntilAsync("---"u8).Within());
    }
}
