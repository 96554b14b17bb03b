namespace Kestrel.Streams.Tests;

public class BorrowTests
{
    [Fact]
    public async Task Each_form_gives_what_its_reading_form_gives()
    {
        await using var stream = Streams.With("line\nrecord;exactsome");
        Assert.Equal("line\n", (await stream.BorrowLineAsync().Within()).ToText());
        Assert.Equal("record;", (await stream.BorrowUntilAsync(";"u8).Within()).ToText());
        Assert.Equal("exact", (await stream.BorrowExactlyAsync(5).Within()).ToText());
        Assert.Equal("some", (await stream.BorrowAsync().Within()).ToText());
        Assert.True((await stream.BorrowAsync().Within()).IsEmpty);
        Assert.True((await stream.BorrowLineAsync().Within()).IsEmpty);
        Assert.True((await stream.BorrowExactlyAsync(0).Within()).IsEmpty);
    }

    [Fact]
    public async Task The_end_too_soon_is_told_as_the_reading_forms_do()
    {
        await using var stream = Streams.With("cut");
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.BorrowUntilAsync(";"u8).Within());
        Assert.Equal("cut", cut.Partial.ToText());
        cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.BorrowExactlyAsync(2).Within());
        Assert.Equal(2, cut.Expected);
        Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.BorrowExactlyAsync(-1).AsTask(); }).ParamName);
    }

    [Fact]
    public async Task A_line_without_an_end_is_lent_at_the_end_of_the_input()
    {
        await using var stream = Streams.With("cut");
        Assert.Equal("cut", (await stream.BorrowLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Trying_takes_only_whole_lines_that_are_there()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("one\ntwo\nthr");
        Assert.False(stream.TryBorrowLine(out var line));
        Assert.True(line.IsEmpty);
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.True(stream.TryBorrowLine(out line));
        Assert.Equal("two\n", line.ToText());
        Assert.False(stream.TryBorrowLine(out _));
        transport.Arrive("ee\n");
        Assert.Equal("three\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task An_exact_count_beyond_the_limit_is_one_piece()
    {
        var transport = new ScriptedTransport { Portion = 5000 };
        await using var stream = Streams.Over(transport, limit: 10);
        var data = Samples.Sequence(150_000);
        transport.Arrive(data);
        Assert.Equal(data, (await stream.BorrowExactlyAsync(data.Length).Within()).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(60_000)]
    public async Task Borrowed_memory_is_untouched_by_reading_ahead(int portion)
    {
        var transport = new ScriptedTransport { Portion = portion };
        await using var stream = Streams.Over(transport);
        _ = stream.Closed;
        transport.Arrive("lent\n");
        var line = await stream.BorrowLineAsync().Within();
        var more = new byte[60_000];
        more.AsSpan().Fill((byte)'x');
        transport.Arrive(more);
        transport.Arrive("y"u8.ToArray());
        Assert.Equal(60_001, stream.Input.Buffer.Length);
        Assert.Equal("lent\n", line.ToText());
        Assert.Equal(60_001, (await stream.ReadExactlyAsync(60_001).Within()).Length);
    }

    [Fact]
    public async Task Borrowed_memory_is_untouched_by_the_close()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("lent\n");
        var line = await stream.BorrowLineAsync().Within();
        await stream.CloseAsync().Within();
        Parallel.For(0, 64, _ =>
        {
            // Whoever rents the block now would overwrite it.
            var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
            rented.AsSpan().Fill((byte)'x');
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        });
        Assert.Equal("lent\n", line.ToText());
    }

    [Fact]
    public async Task A_refused_second_read_does_not_end_the_loan()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("lent\n");
        var line = await stream.BorrowLineAsync().Within();
        var cancelled = new CancellationToken(canceled: true);
        await stream.ReadLineAsync(cancelled).ThrowsCancelledAsync(cancelled);
        Assert.False(stream.AtEof);
        transport.Arrive(new byte[5000]);
        Assert.Equal("lent\n", line.ToText());
    }
}
