namespace Kestrel.Streams.Tests;

/// <summary>Lines that are borrowed and have to be waited for.</summary>
public class LineReadTests
{
    [Fact]
    public async Task A_line_is_waited_for_however_many_pieces_it_comes_in()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        for (var round = 0; round < 3; round++)
        {
            var line = stream.BorrowLineAsync();
            transport.Arrive("on");
            transport.Arrive("e");
            Assert.False(line.IsCompleted);
            transport.Arrive("\n");
            Assert.Equal("one\n", (await line.Within()).ToText());
        }
    }

    [Fact]
    public async Task What_breaks_while_it_waits_is_told_and_the_next_one_is_told_too()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var broken = new IOException("reset");
        var line = stream.BorrowLineAsync();
        transport.Fail(broken);
        await line.ThrowsFaultAsync(broken);
        await stream.BorrowLineAsync().ThrowsFaultAsync(broken);
        await stream.ReadAsync(1).ThrowsFaultAsync(broken);
    }

    [Fact]
    public async Task A_line_that_grows_over_the_limit_while_it_waits_is_told_and_can_be_skipped()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport, limit: 4);
        var line = stream.BorrowLineAsync();
        transport.Arrive("12345");
        await Assert.ThrowsAsync<LimitOverrunException>(() => line.Within());
        transport.Arrive("6\nab\n");
        Assert.Equal(7, await stream.SkipLineAsync().Within());
        Assert.Equal("ab\n", (await stream.BorrowLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing_and_the_next_one_goes_on()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var cancel = new CancellationTokenSource();
        var line = stream.BorrowLineAsync(cancel.Token);
        transport.Arrive("o");
        await cancel.CancelAsync();
        await line.ThrowsCancelledAsync(cancel.Token);
        var next = stream.BorrowLineAsync();
        transport.Arrive("ne\n");
        Assert.Equal("one\n", (await next.Within()).ToText());
    }

    [Fact]
    public async Task A_result_that_is_asked_for_too_early_is_refused_and_disturbs_nothing()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var line = stream.BorrowLineAsync();
        var early = Assert.Throws<InvalidOperationException>(() =>
        {
#pragma warning disable CA2012 // the misuse is the test
            _ = line.Result;
#pragma warning restore CA2012
        });
        Assert.Contains("before it is there", early.Message, StringComparison.Ordinal);
        transport.Arrive("one\n");
        Assert.Equal("one\n", (await line.Within()).ToText());
    }

    [Fact]
    public async Task A_read_begins_while_the_result_of_the_one_before_is_not_looked_at()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var first = stream.BorrowLineAsync();
        transport.Arrive("one\n");
        Assert.True(first.IsCompleted);
        var second = stream.BorrowLineAsync();
        transport.Arrive("two\n");
        Assert.Equal("two\n", (await second.Within()).ToText());
        await first.Within();
    }

    [Fact]
    public async Task A_second_read_beside_one_that_waits_is_refused_and_the_first_one_goes_on()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var first = stream.BorrowLineAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.BorrowLineAsync().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.BorrowLineAsync().Within());
        transport.Arrive("one\n");
        Assert.Equal("one\n", (await first.Within()).ToText());
    }

    [Fact]
    public async Task A_token_that_has_fired_gives_nothing_though_it_is_there()
    {
        await using var stream = Streams.With("one\ntwo\nthree\n");
        Assert.Equal("one\n", (await stream.BorrowLineAsync().Within()).ToText());
        var fired = new CancellationToken(canceled: true);
        await stream.BorrowLineAsync(fired).ThrowsCancelledAsync(fired);
        await stream.BorrowExactlyAsync(2, fired).ThrowsCancelledAsync(fired);
        await using var lines = stream.BorrowLinesAsync(fired).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await lines.MoveNextAsync().AsTask().FailsAsync();
        Assert.Equal("two\n", (await stream.BorrowLineAsync().Within()).ToText());
        Assert.Equal("th", (await stream.BorrowExactlyAsync(2).Within()).ToText());
    }

    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 1)]
    [InlineData(true, true, 0)]
    [InlineData(true, true, 1)]
    public async Task Lines_end_with_the_token_of_the_call_and_with_that_of_the_loop(bool ofCall, bool ofLoop, int fires)
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var call = new CancellationTokenSource();
        using var loop = new CancellationTokenSource();
        await using var lines = stream.BorrowLinesAsync(ofCall ? call.Token : CancellationToken.None)
            .GetAsyncEnumerator(ofLoop ? loop.Token : CancellationToken.None);
        transport.Arrive("one\n");
        Assert.True(await lines.MoveNextAsync().AsTask().Within());
        Assert.Equal("one\n", lines.Current.ToText());
        var next = lines.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await (fires == 0 ? call : loop).CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.Within());
    }
}
