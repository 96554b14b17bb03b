namespace Kestrel.Streams.Tests;

public class ReadExactlyTests
{
    private const int Large = 200_000;

    [Fact]
    public async Task Waits_for_all()
    {
        var transport = new ScriptedTransport { Portion = 2 };
        await using var stream = Streams.Over(transport);
        transport.Arrive("hello");
        Assert.Equal("hell", (await stream.ReadExactlyAsync(4).Within()).ToText());
        var reading = stream.ReadExactlyAsync(3).AsTask();
        Assert.False(reading.IsCompleted);
        transport.Arrive("!!");
        Assert.Equal("o!!", (await reading.Within()).ToText());
    }

    [Fact]
    public async Task Zero_is_empty_at_once_and_below_is_refused()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.Empty(await stream.ReadExactlyAsync(0).Within());
        Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.ReadExactlyAsync(-1).AsTask(); }).ParamName);
        Assert.Empty(transport.Log);
    }

    [Theory]
    [InlineData(36)]
    [InlineData(Large)]
    public async Task The_end_too_soon_tells_both_numbers_and_all_that_had_come(int count)
    {
        await using var stream = Streams.With("eighteen bytes, no");
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadExactlyAsync(count).Within());
        Assert.Equal("eighteen bytes, no", cut.Partial.ToText());
        Assert.Equal(count, cut.Expected);
        Assert.StartsWith($"18 bytes read on a total of {count} expected bytes", cut.Message, StringComparison.Ordinal);
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task Memory_of_the_caller_is_filled_and_a_cancelled_call_has_taken_nothing()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var memory = new byte[6];
        transport.Arrive("hel");
        var reading = stream.ReadExactlyAsync(memory.AsMemory(), source.Token).AsTask();
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        transport.Arrive("lo!rest");
        transport.ArriveEnd();
        await stream.ReadExactlyAsync(memory.AsMemory(), CancellationToken.None).Within();
        Assert.Equal("hello!", memory.ToText());
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadExactlyAsync(memory.AsMemory()).Within());
        Assert.Equal("rest", cut.Partial.ToText());
        Assert.Equal(6, cut.Expected);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Large)]
    public async Task The_limit_does_not_bind_it(int count)
    {
        var transport = new ScriptedTransport { Portion = 7000 };
        await using var stream = Streams.Over(transport, limit: 10);
        var data = Samples.Sequence(count);
        transport.Arrive(data);
        Assert.Equal(data, await stream.ReadExactlyAsync(count).Within());
    }

    [Fact]
    public async Task A_large_one_is_received_into_the_result()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var data = Samples.Sequence(Large);
        var reading = stream.ReadExactlyAsync(Large).AsTask();
        transport.Arrive(data[..10]);
        transport.Arrive(data[10..]);
        Assert.Equal(data, await reading.Within());
        Assert.Equal([Large, Large - 10], transport.Rooms);
        Assert.Equal(0, stream.Input.Buffer.Length);
    }

    [Fact]
    public async Task A_large_one_takes_what_is_buffered_first()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("line\nabc");
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
        var reading = stream.ReadExactlyAsync(Large).AsTask();
        Assert.Equal(Large - 3, transport.Rooms[^1]);
        transport.Arrive(new byte[Large - 3]);
        Assert.Equal("abc", (await reading.Within())[..3].ToText());
    }

    [Fact]
    public async Task A_large_one_cancelled_gives_back_and_what_comes_later_goes_behind()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        transport.Arrive("ab\nc");
        Assert.Equal("ab\n", (await stream.ReadLineAsync().Within()).ToText());
        var reading = stream.ReadExactlyAsync(Large, source.Token).AsTask();
        transport.Arrive("de");
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        transport.Arrive("fg\n");
        Assert.Equal("cdefg\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_large_one_cancelled_while_a_receive_of_another_read_is_pending_gives_back()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        transport.Arrive("abc");
        var line = stream.ReadLineAsync(first.Token).AsTask();
        await first.CancelAsync();
        await line.ThrowsCancelledAsync(first.Token);
        Assert.True(transport.IsReceiving);

        var reading = stream.ReadExactlyAsync(Large, second.Token).AsTask();
        await second.CancelAsync();
        await reading.ThrowsCancelledAsync(second.Token);
        transport.Arrive("def\n");

        Assert.Equal("abcdef\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task A_receive_that_was_to_go_into_a_cancelled_result_goes_to_the_next_read()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var data = Samples.Sequence(Large);
        var cancelled = stream.ReadExactlyAsync(Large, source.Token).AsTask();
        await source.CancelAsync();
        await cancelled.ThrowsCancelledAsync(source.Token);
        var reading = stream.ReadExactlyAsync(Large).AsTask();
        transport.Arrive(data[..100]);
        transport.Arrive(data[100..]);
        Assert.Equal(data, await reading.Within());
    }

    [Fact]
    public async Task A_large_one_wakes_with_the_fault()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadExactlyAsync(Large).AsTask();
        transport.Arrive("abc");
        var boom = new IOException("boom");
        transport.Fail(boom);
        await reading.ThrowsFaultAsync(boom);
        await stream.ReadAsync(1).ThrowsFaultAsync(boom);
    }

    [Fact]
    public async Task A_large_one_wakes_with_the_close()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadExactlyAsync(Large).AsTask();
        transport.Arrive("abc");
        await stream.CloseAsync().Within();
        await reading.ThrowsClosedAsync();
    }

    [Fact]
    public void An_incomplete_read_has_what_was_read() =>
        Assert.Equal("partial", Assert.Throws<ArgumentNullException>(static () => new IncompleteReadException(null!, expected: 1)).ParamName);
}
