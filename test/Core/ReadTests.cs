namespace Kestrel.Streams.Tests;

public class ReadTests
{
    [Fact]
    public async Task Gives_what_is_there_at_most_the_count()
    {
        await using var stream = Streams.With("hello");
        Assert.Equal("hel", (await stream.ReadAsync(3).Within()).ToText());
        Assert.Equal("lo", (await stream.ReadAsync(100).Within()).ToText());
        Assert.Empty(await stream.ReadAsync(100).Within());
        Assert.Empty(await stream.ReadAsync(100).Within());
    }

    [Fact]
    public async Task Waits_only_while_nothing_is_there()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadAsync(10).AsTask();
        Assert.False(reading.IsCompleted);
        transport.Arrive("a");
        Assert.Equal("a", (await reading.Within()).ToText());
    }

    [Fact]
    public async Task A_count_beyond_the_limit_gives_what_is_there()
    {
        await using var stream = Streams.With("hello world", limit: 4);
        Assert.Equal("hello wo", (await stream.ReadAsync(100).Within()).ToText());
        Assert.Equal("rld", (await stream.ReadAsync(100).Within()).ToText());
    }

    [Fact]
    public async Task Nothing_is_asked_for_and_nothing_is_taken()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.Empty(await stream.ReadAsync(0).Within());
        Assert.Empty(transport.Log);
    }

    [Fact]
    public async Task Minus_one_reads_to_the_end()
    {
        await using var stream = Streams.With("all of it", limit: 2);
        Assert.Equal("all of it", (await stream.ReadAsync().Within()).ToText());
        Assert.Empty(await stream.ReadAsync().Within());
    }

    [Fact]
    public async Task A_count_below_minus_one_is_refused_and_takes_nothing()
    {
        await using var stream = Streams.With("x");
        Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.ReadAsync(-2).AsTask(); }).ParamName);
        Assert.Equal("x", (await stream.ReadAsync(1).Within()).ToText());
    }

    [Fact]
    public async Task Two_at_once_the_second_is_refused_and_the_first_untouched()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var first = stream.ReadAsync(10).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadAsync(10).Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.BorrowAsync().Within());
        Assert.Throws<InvalidOperationException>(() => stream.TryBorrowLine(out _));
        transport.Arrive("one");
        Assert.Equal("one", (await first.Within()).ToText());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_write_only_stream_cannot_be_read()
    {
        await using var stream = Streams.Over(new ScriptedTransport { Ways = StreamMode.Write });
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadAsync(1).Within());
        Assert.Equal("The stream is write-only.", refused.Message);
        Assert.False(stream.CanRead);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public async Task A_fault_reaches_the_read_that_waits_and_every_later_one_and_every_write()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadAsync(10).AsTask();
        var boom = new InvalidCastException("boom");
        transport.Fail(boom);
        await reading.ThrowsFaultAsync(boom);
        await BrokenForEverAsync(stream, boom);
    }

    [Fact]
    public async Task A_fault_of_the_transport_that_is_thrown_and_not_returned_counts_the_same()
    {
        var boom = new InvalidCastException("boom");
        await using var stream = Streams.Over(new ThrowingTransport(boom));
        await stream.ReadAsync(10).ThrowsFaultAsync(boom);
        await BrokenForEverAsync(stream, boom);
    }

    [Fact]
    public async Task What_came_before_a_fault_is_read_before_it_is_shown()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("one\ntwo\ncut");
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        var boom = new IOException("boom");
        transport.Fail(boom);
        Assert.Equal("two\n", (await stream.ReadLineAsync().Within()).ToText());
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
        await stream.ReadAsync(1).ThrowsFaultAsync(boom);
    }

    [Fact]
    public async Task Each_caller_gets_a_fault_of_its_own_told_once()
    {
        var transport = new ScriptedTransport();
        await using var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { Id = "c1" });
        transport.Fail(new IOException("boom."));
        var first = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(1).Within());
        var second = await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8).Within());
        Assert.NotSame(first, second);
        Assert.Equal("The connection c1 is broken: boom; nothing more can be read or written.", first.Message);
        Assert.Equal(first.Message, second.Message);
    }

    [Fact]
    public async Task The_input_taken_away_gives_what_is_buffered_and_then_the_end()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("one\ntwo\nthr");
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        stream.StopInput();
        transport.Arrive("ee\n");
        Assert.Equal("two\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("thr", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Empty(await stream.ReadLineAsync().Within());
        await stream.WriteAsync("last answer"u8).Within();
        Assert.Equal("last answer", transport.Sent.ToText());
    }

    [Fact]
    public async Task The_input_taken_away_wakes_a_read_with_the_end()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadAsync(10).AsTask();
        stream.StopInput();
        Assert.Empty(await reading.Within());
        transport.Arrive("late");
        Assert.Empty(await stream.ReadAsync(10).Within());
        Assert.True(stream.AtEof);
        await stream.CloseAsync().Within();
        stream.StopInput();
    }

    private static async Task BrokenForEverAsync(ConnectionStream stream, Exception boom)
    {
        await stream.ReadAsync(10).ThrowsFaultAsync(boom);
        await stream.ReadAsync().ThrowsFaultAsync(boom);
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
        await stream.ReadUntilAsync("x"u8).ThrowsFaultAsync(boom);
        await stream.ReadUntilAnyAsync(["x"u8.ToArray()]).ThrowsFaultAsync(boom);
        await stream.ReadExactlyAsync(1).ThrowsFaultAsync(boom);
        await stream.ReadExactlyAsync(100_000).ThrowsFaultAsync(boom);
        await stream.ReadToEndAsync().ThrowsFaultAsync(boom);
        await stream.BorrowLineAsync().ThrowsFaultAsync(boom);
        await stream.SkipLineAsync().ThrowsFaultAsync(boom);
        await stream.ReadAsync(new byte[1].AsMemory()).ThrowsFaultAsync(boom);
        Assert.Same(boom, Assert.Throws<IOException>(() => stream.TryBorrowLine(out _)).InnerException);
        await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8.ToArray()).ThrowsFaultAsync(boom);
        await stream.WriteAsync("x").ThrowsFaultAsync(boom);
        await stream.WriteLinesAsync(["x"u8.ToArray()]).ThrowsFaultAsync(boom);
        await stream.DrainAsync().ThrowsFaultAsync(boom);
        await stream.FlushAsync().ThrowsFaultAsync(boom);
        await stream.WriteEofAsync().ThrowsFaultAsync(boom);
        Assert.Same(boom, Assert.Throws<IOException>(() => stream.Write("x"u8)).InnerException);
        Assert.True(stream.IsBroken);
        Assert.False(stream.AtEof);
        await stream.Closed.Fired().Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_that_was_told_is_told_again_though_something_is_buffered(bool readsAhead)
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        if (readsAhead) _ = stream.Closed;
        var reset = new IOException("reset");
        transport.Arrive("some");
        transport.Fail(reset);
        await stream.ReadExactlyAsync(10).ThrowsFaultAsync(reset);
        await stream.ReadAsync(4).ThrowsFaultAsync(reset);
    }
}
