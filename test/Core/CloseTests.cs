namespace Kestrel.Streams.Tests;

public class CloseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_unsent_is_sent_and_then_all_is_released(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries };
        var stream = Streams.Over(transport);
        stream.Write("bye"u8);
        Assert.False(stream.IsClosing);
        await stream.CloseAsync().Within();
        Assert.True(stream.IsClosing);
        await stream.WaitClosedAsync().Within();
        Assert.Equal("bye", transport.Sent.ToText());
        Assert.Equal("dispose", transport.Log[^1]);
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public async Task Again_and_in_every_form_it_is_the_same_close()
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        await stream.CloseAsync().Within();
        await stream.CloseAsync().Within();
        await stream.DisposeAsync().Within();
        stream.Dispose();
        stream.Close();
        await stream.AbortAsync().Within();
        Assert.Equal(1, transport.Disposals);
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public void A_synchronous_dispose_closes()
    {
        var transport = new ScriptedTransport();
        using (var stream = Streams.Over(transport)) stream.Write("bye"u8);
        Assert.Equal("bye", transport.Sent.ToText());
        Assert.Equal(1, transport.Disposals);
    }

    [Fact]
    public async Task A_read_that_waits_wakes_and_later_calls_are_refused()
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        var reading = stream.ReadLineAsync().AsTask();
        await stream.CloseAsync().Within();
        await reading.ThrowsClosedAsync();
        await ClosedForEverAsync(stream);
    }

    [Fact]
    public async Task What_is_buffered_is_not_read_any_more()
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        transport.Arrive("one\ntwo\n");
        await stream.ReadLineAsync().Within();
        await stream.CloseAsync().Within();
        await stream.ReadLineAsync().ThrowsClosedAsync();
        Assert.Throws<ObjectDisposedException>(() => stream.TryBorrowLine(out _));
        Assert.Equal(0, stream.Input.Buffer.Length);
    }

    [Fact]
    public async Task Writes_that_wait_in_the_queue_wake_at_once_and_are_still_sent()
    {
        var transport = new ScriptedTransport { HoldsSends = true, Tries = true, Room = 0 };
        var stream = Streams.Over(transport);
        var data = Samples.Sequence(50_000);
        var mine = data.ToArray();
        var first = stream.WriteAsync("first"u8.ToArray()).AsTask();
        var second = stream.WriteAsync(mine).AsTask();
        var flush = stream.FlushAsync();
        var send = await transport.NextSendAsync();
        var closing = stream.CloseAsync().AsTask();
        await first.ThrowsClosedAsync();
        await second.ThrowsClosedAsync();
        await flush.ThrowsClosedAsync();
        Assert.False(closing.IsCompleted);

        mine.AsSpan().Clear(); // it is the caller's again
        transport.HoldsSends = false;
        send.Complete();
        await closing.Within();
        Assert.Equal([.. "first"u8, .. data], transport.Sent);
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public async Task A_write_in_the_hands_of_a_transport_that_lets_go_wakes_and_what_is_cut_does_not_look_whole()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = Streams.Over(transport);
        var writing = stream.WriteAsync("in its hands"u8.ToArray()).AsTask();
        await transport.NextSendAsync();
        var closing = stream.CloseAsync().AsTask();
        await writing.ThrowsClosedAsync();
        await closing.Within();
        await stream.WaitClosedAsync().Within();
        Assert.Single(transport.Aborts);
        Assert.Equal(1, transport.Disposals);
    }

    [Fact]
    public async Task A_write_in_the_hands_of_a_transport_that_goes_on_is_done_when_it_is_and_the_close_too()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        var stream = Streams.Over(transport);
        var writing = stream.WriteAsync("in its hands"u8.ToArray()).AsTask();
        stream.Write(", and the rest"u8);
        var send = await transport.NextSendAsync();
        var closing = stream.CloseAsync().AsTask();
        Assert.False(writing.IsCompleted || closing.IsCompleted);
        transport.HoldsSends = false;
        send.Complete();
        await writing.Within();
        await closing.Within();
        Assert.Equal("in its hands, and the rest", transport.Sent.ToText());
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public async Task After_the_timeout_it_aborts()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(50) });
        stream.Write("nobody takes it"u8);
        await stream.CloseAsync().Within();
        Assert.IsType<TimeoutException>(Assert.Single(transport.Aborts));
        var closed = await stream.ReadAsync(1).ThrowsClosedAsync();
        Assert.IsType<TimeoutException>(closed.InnerException);
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task The_release_may_take_its_time_where_the_output_has_ended_already()
    {
        var transport = new ScriptedTransport { HoldsDispose = true };
        var stream = Streams.Over(transport);
        await stream.CloseAsync().Within();
        var first = stream.WaitClosedAsync();
        var second = stream.WaitClosedAsync();
        using var source = new CancellationTokenSource();
        var third = stream.WaitClosedAsync(source.Token);
        await source.CancelAsync();
        await third.ThrowsCancelledAsync(source.Token);
        Assert.False(first.IsCompleted || second.IsCompleted);
        transport.Release();
        await first.Within();
        await second.Within();
    }

    [Fact]
    public async Task Where_the_release_is_what_ends_the_output_it_is_waited_for_up_to_the_timeout()
    {
        var transport = new ScriptedTransport { HoldsDispose = true, EndsOutput = false };
        var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(50) });
        await stream.CloseAsync().Within();
        Assert.Single(transport.Aborts);
        Assert.False(stream.WaitClosedAsync().IsCompleted);
        transport.Release();
        await stream.WaitClosedAsync().Within();

        transport = new ScriptedTransport { HoldsDispose = true, EndsOutput = false };
        stream = Streams.Over(transport);
        var closing = stream.CloseAsync().AsTask();
        Assert.False(closing.IsCompleted);
        transport.Release();
        await closing.Within();
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public async Task A_cancelled_token_does_not_begin_it_and_a_later_cancel_does_not_stop_it()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var cancelled = new CancellationToken(canceled: true);
        await stream.CloseAsync(cancelled).ThrowsCancelledAsync(cancelled);
        await stream.WaitClosedAsync(cancelled).ThrowsCancelledAsync(cancelled);
        Assert.False(stream.IsClosing);

        stream.Write("bye"u8);
        var closing = stream.CloseAsync(source.Token).AsTask();
        await source.CancelAsync();
        await closing.ThrowsCancelledAsync(source.Token);
        (await transport.NextSendAsync()).Complete();
        await stream.CloseAsync().Within();
        Assert.Equal("bye", transport.Sent.ToText());
    }

    [Fact]
    public async Task A_broken_connection_closes_without_an_error()
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        transport.Fail(new IOException("boom"));
        await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(1).Within());
        await stream.CloseAsync().Within();
        await ClosedForEverAsync(stream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_send_that_fails_while_it_closes_ends_it_without_an_error(bool tries)
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false, Tries = tries, Room = 0 };
        var stream = Streams.Over(transport);
        stream.Write("bye"u8);
        var closing = stream.CloseAsync().AsTask();
        (await transport.NextSendAsync()).Fail(new IOException("boom"));
        await closing.Within();
        await stream.WaitClosedAsync().Within();
        await ClosedForEverAsync(stream);
    }

    [Fact]
    public async Task A_try_that_fails_while_it_closes_ends_it_without_an_error()
    {
        var stream = Streams.Over(new ThrowingTransport(new IOException("boom"), tries: true));
        stream.Write("bye"u8);
        await stream.CloseAsync().Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Closing_over_and_over_from_everywhere_ends()
    {
        for (var round = 0; round < Rounds.Of(200); round++)
        {
            var transport = new ScriptedTransport { Tries = round % 2 == 0 };
            var stream = Streams.Over(transport);
            var reading = stream.ReadLineAsync().AsTask();
            stream.Write("bye"u8);
            await Task.WhenAll(
                Task.Run(() => stream.CloseAsync().AsTask()), Task.Run(() => stream.DisposeAsync().AsTask()),
                Task.Run(() => transport.Arrive("late")), Task.Run(() => stream.AtEof)).Within();
            await reading.ThrowsClosedAsync();
            await stream.WaitClosedAsync().Within();
            Assert.Equal("bye", transport.Sent.ToText());
            Assert.Empty(transport.BrokenPromises);
        }
    }

    private static async Task ClosedForEverAsync(ConnectionStream stream)
    {
        await stream.ReadAsync(1).ThrowsClosedAsync();
        await stream.ReadLineAsync().ThrowsClosedAsync();
        await stream.ReadUntilAsync().ThrowsClosedAsync();
        await stream.ReadExactlyAsync(1).ThrowsClosedAsync();
        await stream.ReadToEndAsync().ThrowsClosedAsync();
        await stream.SkipLineAsync().ThrowsClosedAsync();
        await stream.BorrowAsync().ThrowsClosedAsync();
        await stream.ReadAsync(new byte[1].AsMemory()).ThrowsClosedAsync();
        Assert.Throws<ObjectDisposedException>(() => stream.TryBorrowLine(out _));
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => stream.Write("x"u8));
        Assert.Throws<ObjectDisposedException>(stream.Flush);
        await stream.WriteAsync("x"u8).ThrowsClosedAsync();
        await stream.WriteAsync("x"u8.ToArray()).ThrowsClosedAsync();
        await stream.WriteLinesAsync(["x"u8.ToArray()]).ThrowsClosedAsync();
        await stream.DrainAsync().ThrowsClosedAsync();
        await stream.WriteEofAsync().ThrowsClosedAsync();
        Assert.True(stream.AtEof);
        Assert.True(stream.IsClosing);
        Assert.False(stream.CanRead);
        Assert.False(stream.CanWrite);
        Assert.True(stream.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_wait_for_the_close_with_a_token_that_has_fired_is_cancelled_also_afterwards()
    {
        var stream = Streams.Over(new ScriptedTransport());
        var fired = new CancellationToken(canceled: true);
        await stream.WaitClosedAsync(fired).ThrowsCancelledAsync(fired);
        await stream.CloseAsync().Within();
        await stream.WaitClosedAsync().Within();
        await stream.WaitClosedAsync(fired).ThrowsCancelledAsync(fired);
    }

    [Fact]
    public async Task The_transport_is_released_once_however_often_the_stream_ends()
    {
        var transport = new ScriptedTransport { HoldsDispose = true };
        var stream = Streams.Over(transport);
        var closing = stream.CloseAsync().AsTask();
        stream.Abort();
        stream.Abort();
        transport.Release();
        await closing.Within();
        await stream.WaitClosedAsync().Within();
        Assert.Equal(1, transport.Disposals);
    }
}
