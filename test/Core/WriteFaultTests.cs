namespace Kestrel.Streams.Tests;

/// <summary>A send that fails.</summary>
public class WriteFaultTests
{
    [Fact]
    public async Task A_fault_reaches_all_that_wait_and_every_later_call()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        Task[] waiting =
        [
            stream.WriteAsync("a"u8.ToArray()).AsTask(), stream.WriteAsync("b"u8.ToArray()).AsTask(),
            stream.WriteAsync(new byte[100_000]).AsTask(), stream.DrainAsync().AsTask(), stream.FlushAsync(), stream.WriteEofAsync().AsTask(),
        ];
        var boom = new InvalidCastException("boom");
        (await transport.NextSendAsync()).Fail(boom);
        foreach (var write in waiting) await write.ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8.ToArray()).ThrowsFaultAsync(boom);
        await stream.DrainAsync().ThrowsFaultAsync(boom);
        await stream.FlushAsync().ThrowsFaultAsync(boom);
        await stream.WriteEofAsync().ThrowsFaultAsync(boom);
        Assert.Same(boom, Assert.Throws<IOException>(() => stream.Write("x"u8)).InnerException);
        Assert.Same(boom, Assert.Throws<IOException>(() => stream.WriteLines(["x"u8.ToArray()])).InnerException);
        Assert.True(stream.IsBroken);
        await stream.Closed.Fired().Within();
        await stream.CloseAsync().Within();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fault_that_is_thrown_counts_the_same(bool tries)
    {
        var boom = new InvalidCastException("boom");
        await using (var stream = Streams.Over(new ThrowingTransport(boom, tries)))
            await stream.WriteAsync("x"u8.ToArray()).ThrowsFaultAsync(boom);
        await using (var stream = Streams.Over(new ThrowingTransport(boom, tries)))
            await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
        await using (var stream = Streams.Over(new ThrowingTransport(boom, tries)))
        {
            stream.Write("x"u8);
            await stream.FlushAsync().ThrowsFaultAsync(boom);
        }
    }

    [Fact]
    public async Task An_end_that_comes_after_a_failed_send_is_the_fault_and_no_end()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadLineAsync().AsTask();
        var writing = stream.WriteAsync("x"u8).AsTask();
        var boom = new IOException("boom");
        (await transport.NextSendAsync()).Fail(boom);
        await writing.ThrowsFaultAsync(boom);
        transport.Arrive("whole\ncut");
        Assert.Equal("whole\n", (await reading.Within()).ToText());
        transport.ArriveEnd();
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
        Assert.False(stream.AtEof);
    }

    [Fact]
    public async Task A_try_that_fails_is_told_by_whatever_call_has_tried()
    {
        var boom = new InvalidCastException("boom");
        foreach (var call in new Func<ConnectionStream, Task>[]
        {
            stream => stream.DrainAsync().AsTask(),
            stream => stream.FlushAsync(),
            stream => stream.WriteAsync("y"u8).AsTask(),
            stream => stream.WriteAsync(new byte[10_000]).AsTask(),
            stream => Task.Run(() => stream.Write("y"u8)),
        })
        {
            await using var stream = ConnectionStream.Create(
                new ScriptedTransport { Tries = true, OnTry = _ => throw boom }, new ConnectionStreamOptions { HighWaterMark = 1000, LowWaterMark = 0 });
            stream.Output.BeginWake(); // the sweep comes late, and not before the call
            stream.Write(new byte[70_000]);
            await call(stream).ThrowsFaultAsync(boom);
        }
    }

    [Fact]
    public async Task A_send_that_fails_while_it_is_cancelled_is_a_fault_of_the_stream()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        await using var stream = Streams.Over(transport);
        using var cancel = new CancellationTokenSource();
        var writing = stream.WriteAsync(new byte[10_000], cancel.Token).AsTask();
        var send = await transport.NextSendAsync();
        await cancel.CancelAsync();
        Assert.True(send.Token.IsCancellationRequested);
        Assert.False(writing.IsCompleted);
        var boom = new IOException("boom");
        send.Fail(boom);
        await writing.ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
    }

    [Fact]
    public async Task A_cancelled_write_that_is_aborted_before_the_transport_lets_go_stays_cancelled()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        await using var stream = Streams.Over(transport);
        using var cancel = new CancellationTokenSource();
        var writing = stream.WriteAsync(new byte[10_000], cancel.Token).AsTask();
        await transport.NextSendAsync();
        await cancel.CancelAsync();
        stream.Abort();
        await writing.ThrowsCancelledAsync(cancel.Token);
    }

    [Fact]
    public async Task An_end_that_was_written_is_not_written_again_after_the_close()
    {
        var stream = Streams.Over(new ScriptedTransport());
        await stream.WriteEofAsync().Within();
        await stream.CloseAsync().Within();
        await stream.WriteEofAsync().ThrowsClosedAsync();
    }
}
