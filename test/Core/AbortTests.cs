namespace Kestrel.Streams.Tests;

public class AbortTests
{
    [Fact]
    public async Task It_wakes_all_that_wait_with_its_reason()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { HighWaterMark = 0 });
        var reason = new InvalidDataException("bad frame");
        Task[] waiting =
        [
            stream.ReadExactlyAsync(200_000).AsTask(), stream.WriteAsync("a"u8.ToArray()).AsTask(), stream.WriteAsync(new byte[10_000]).AsTask(),
            stream.WriteAsync("b"u8).AsTask(), stream.DrainAsync().AsTask(), stream.FlushAsync(), stream.WriteEofAsync().AsTask(),
        ];
        var closed = stream.Closed;

        await stream.AbortAsync(reason).Within();

        foreach (var call in waiting) Assert.Same(reason, (await call.ThrowsClosedAsync()).InnerException);
        Assert.Contains("bad frame", (await stream.ReadAsync(1).ThrowsClosedAsync()).Message, StringComparison.Ordinal);
        Assert.Same(reason, (await stream.WriteAsync("x"u8).ThrowsClosedAsync()).InnerException);
        Assert.Same(reason, Assert.Single(transport.Aborts));
        Assert.Equal(1, transport.Disposals);
        Assert.True(stream.IsClosing);
        await closed.Fired().Within();
    }

    [Fact]
    public async Task What_is_unsent_is_dropped()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = Streams.Over(transport);
        var first = stream.WriteAsync("first"u8.ToArray()).AsTask();
        stream.Write("second"u8);
        var send = await transport.NextSendAsync();
        stream.Abort();
        await first.ThrowsClosedAsync();
        send.Complete();
        await stream.WaitClosedAsync().Within();
        Assert.Equal("first", transport.Sent.ToText());
        Assert.Null(Assert.Single(transport.Aborts));
    }

    [Fact]
    public async Task The_first_reason_stays()
    {
        var stream = Streams.Over(new ScriptedTransport());
        var reason = new InvalidDataException("first");
        stream.Abort(reason);
        stream.Abort(new InvalidDataException("second"));
        Assert.Same(reason, (await stream.ReadAsync(1).ThrowsClosedAsync()).InnerException);
    }

    [Fact]
    public async Task Without_a_reason_the_message_says_that_it_was_aborted()
    {
        var stream = Streams.Over(new ScriptedTransport());
        stream.Abort();
        Assert.Contains("aborted", (await stream.ReadAsync(1).ThrowsClosedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_cuts_short_a_close_that_waits()
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = false };
        var stream = Streams.Over(transport);
        stream.Write("bye"u8);
        var closing = stream.CloseAsync().AsTask();
        await transport.NextSendAsync();
        Assert.False(closing.IsCompleted);
        stream.Abort();
        await closing.Within();
        await stream.WaitClosedAsync().Within();
        Assert.Single(transport.Aborts);
        Assert.Equal(1, transport.Disposals);
    }

    [Fact]
    public async Task It_cuts_short_a_release_that_lingers()
    {
        var transport = new ScriptedTransport { HoldsDispose = true };
        var stream = Streams.Over(transport);
        await stream.CloseAsync().Within();
        stream.Abort();
        Assert.Single(transport.Aborts);
        transport.Release();
        await stream.WaitClosedAsync().Within();
        stream.Abort();
        Assert.Single(transport.Aborts);
    }

    [Fact]
    public async Task At_any_moment_beside_anything_it_ends_all()
    {
        for (var round = 0; round < Rounds.Of(200); round++)
        {
            var transport = new ScriptedTransport { Tries = round % 2 == 0, Room = 3, HoldsSends = true };
            var stream = Streams.Over(transport);
            using var start = new Barrier(4);
            Task[] calls =
            [
                Task.Run(async () =>
                {
                    start.SignalAndWait();
                    await stream.ReadLineAsync();
                }),
                Task.Run(async () =>
                {
                    start.SignalAndWait();
                    while (true) await stream.WriteAsync("hello"u8.ToArray());
                }),
                Task.Run(async () =>
                {
                    start.SignalAndWait();
                    await stream.WriteEofAsync();
                    await stream.SkipLineAsync();
                }),
                Task.Run(() =>
                {
                    start.SignalAndWait();
                    stream.Abort();
                }),
            ];
            foreach (var call in calls[..3])
            {
                var woken = await call.FailsAsync();
                Assert.True(woken is ObjectDisposedException or InvalidOperationException, woken.ToString());
            }

            await calls[3].Within();
            await stream.WaitClosedAsync().Within();
        }
    }
}
