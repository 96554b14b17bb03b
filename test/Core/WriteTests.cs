using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

public class WriteTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_leaves_promptly_without_another_call(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries, Room = 0, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("hello"u8);
        var send = await transport.NextSendAsync();
        Assert.Equal("hello", send.Data.ToText());
        send.Complete();
        await stream.FlushAsync().Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_array_of_the_caller_goes_to_the_transport_uncopied(bool asMemory)
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        byte[] data = [.. "hello"u8];
        var writing = asMemory ? stream.WriteAsync(data.AsMemory()).AsTask() : stream.WriteAsync(data).AsTask();
        var send = await transport.NextSendAsync();
        Assert.True(MemoryMarshal.TryGetArray(send.Data, out var array));
        Assert.Same(data, array.Array);
        Assert.False(writing.IsCompleted);
        send.Complete();
        await writing.Within();
    }

    [Fact]
    public async Task The_array_of_the_caller_is_tried_uncopied()
    {
        byte[] data = [.. "hello"u8];
        var same = new List<bool>();
        var transport = new ScriptedTransport
        {
            Tries = true,
            OnTry = tried => same.Add(System.Runtime.CompilerServices.Unsafe.AreSame(
                ref MemoryMarshal.GetReference(tried), ref MemoryMarshal.GetArrayDataReference(data))),
        };
        await using var stream = Streams.Over(transport);
        await stream.WriteAsync(data).Within();
        await stream.WriteAsync(data.AsMemory()).Within();
        await stream.WriteAsync(data, 0, 5, CancellationToken.None).Within();
        Assert.Equal([true, true, true], same);
    }

    [Fact]
    public async Task A_large_write_behind_others_is_not_copied_either()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var data = Samples.Sequence(5000);
        var first = stream.WriteAsync("first"u8).AsTask();
        var second = stream.WriteAsync(data).AsTask();
        (await transport.NextSendAsync()).Complete();
        await first.Within();
        var send = await transport.NextSendAsync();
        Assert.True(MemoryMarshal.TryGetArray(send.Data, out var array));
        Assert.Same(data, array.Array);
        send.Complete();
        await second.Within();
    }

    [Fact]
    public async Task Short_writes_behind_others_go_with_one_send()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var writes = new List<Task>();
        foreach (var part in new[] { "a", "b", "c", "d" }) writes.Add(stream.WriteAsync(part.ToBytes()).AsTask());
        stream.Write("e"u8);
        (await transport.NextSendAsync()).Complete();
        var rest = await transport.NextSendAsync();
        Assert.Equal("bcde", rest.Data.ToText());
        await writes[0].Within();
        Assert.False(writes[1].IsCompleted);
        rest.Complete();
        await Task.WhenAll(writes).Within();
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_span_is_copied_before_the_call_returns()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var data = "hello"u8.ToArray();
        var writing = stream.WriteAsync(data.AsSpan()).AsTask();
        data.AsSpan().Clear();
        var send = await transport.NextSendAsync();
        Assert.Equal("hello", send.Data.ToText());
        send.Complete();
        await writing.Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Done_only_when_all_is_below(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries, Room = 2, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var writing = stream.WriteAsync("hello"u8.ToArray()).AsTask();
        var send = await transport.NextSendAsync();
        Assert.Equal(tries ? "llo" : "hello", send.Data.ToText());
        Assert.False(writing.IsCompleted);
        send.Complete();
        await writing.Within();
        Assert.Equal("hello", transport.Sent.ToText());
    }

    [Fact]
    public async Task What_is_left_of_a_big_write_goes_as_there_is_room()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 1000, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var data = Samples.Sequence(500_000);
        var writing = stream.WriteAsync(data).AsTask();
        (await transport.NextSendAsync()).Complete();
        var second = await transport.NextSendAsync();
        transport.Room = int.MaxValue;
        second.Complete();
        await writing.Within();
        Assert.Equal(data, transport.Sent);
    }

    [Fact]
    public async Task Nothing_is_done_at_once()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        Assert.True(stream.WriteAsync(Array.Empty<byte>()).AsTask().IsCompletedSuccessfully);
        Assert.True(stream.WriteAsync([]).AsTask().IsCompletedSuccessfully);
        Assert.True(stream.WriteAsync("").AsTask().IsCompletedSuccessfully);
        Assert.Empty(transport.Log);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => { _ = stream.WriteAsync((byte[])null!).AsTask(); }).ParamName);
    }

    [Fact]
    public async Task Writes_of_all_sizes_come_out_in_order()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var data = Samples.Sequence(1_000_000);
        var at = 0;
        for (var size = 1; at < data.Length; size = (size * 3 % 70_001) + 1)
        {
            var part = data.AsMemory(at, Math.Min(size, data.Length - at));
            at += part.Length;
            if (size % 3 == 0) await stream.WriteAsync(part).Within();
            else if (size % 3 == 1) stream.Write(part.Span);
            else _ = stream.WriteAsync(part.Span).AsTask();
        }

        await stream.FlushAsync().Within();
        Assert.Equal(data, transport.Sent);
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task Two_that_wait_stay_in_order_and_together_and_one_cancelled_in_the_queue_disturbs_nobody()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var big = new byte[5000];
        big.AsSpan().Fill((byte)'x');
        var first = stream.WriteAsync("first"u8.ToArray()).AsTask();
        var gone = stream.WriteAsync(big, source.Token).AsTask();
        var third = stream.WriteAsync(Samples.Sequence(6000)).AsTask();
        var flush = stream.FlushAsync();
        var send = await transport.NextSendAsync();

        await source.CancelAsync();
        await gone.ThrowsCancelledAsync(source.Token);
        Assert.False(first.IsCompleted);
        Assert.False(third.IsCompleted);
        send.Complete();
        await first.Within();
        (await transport.NextSendAsync()).Complete();
        await third.Within();
        await flush.Within();
        Assert.Equal([.. "first"u8, .. Samples.Sequence(6000)], transport.Sent);
    }

    [Fact]
    public async Task The_last_in_the_queue_cancelled_leaves_nothing_behind()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var first = stream.WriteAsync("first"u8.ToArray()).AsTask();
        var gone = stream.WriteAsync(new byte[5000], source.Token).AsTask();
        await source.CancelAsync();
        await gone.ThrowsCancelledAsync(source.Token);
        (await transport.NextSendAsync()).Complete();
        await first.Within();
        transport.HoldsSends = false;
        await stream.WriteAsync("next"u8).Within();
        await stream.FlushAsync().Within();
        Assert.Equal("firstnext", transport.Sent.ToText());
    }

    [Fact]
    public async Task The_memory_of_a_cancelled_write_is_not_looked_at_any_more()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 0, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var data = new byte[10_000];
        data.AsSpan().Fill((byte)'a');
        var writing = stream.WriteAsync(data, source.Token).AsTask();
        var send = await transport.NextSendAsync();
        await source.CancelAsync();
        await writing.ThrowsCancelledAsync(source.Token);
        data.AsSpan().Fill((byte)'b');
        transport.HoldsSends = false;
        transport.Room = int.MaxValue;
        send.Complete();
        await stream.WriteAsync("next"u8).Within();
        Assert.Equal(new string('a', send.Data.Length) + "next", transport.Sent.ToText());
        Assert.DoesNotContain((byte)'b', send.Data.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_in_the_hands_of_the_transport_it_ends_when_the_transport_lets_go(bool honoursToken)
    {
        var transport = new ScriptedTransport { HoldsSends = true, HonoursToken = honoursToken };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var writing = stream.WriteAsync("hello"u8.ToArray(), source.Token).AsTask();
        var send = await transport.NextSendAsync();
        await source.CancelAsync();
        Assert.True(send.Token.IsCancellationRequested);
        if (honoursToken)
        {
            await writing.ThrowsCancelledAsync(source.Token);
        }
        else
        {
            Assert.False(writing.IsCompleted);
            send.Complete();
            await writing.Within();
        }

        transport.HoldsSends = false;
        await stream.WriteAsync("next"u8).Within();
        Assert.Equal("hellonext", transport.Sent.ToText());
    }

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
    public async Task Above_64_KiB_it_waits_for_room_and_goes_on_when_there_is()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write(new byte[65_536]);
        stream.Write("x"u8); // exactly at the mark there is room
        var blocked = Task.Factory.StartNew(() => stream.Write("y"u8), TaskCreationOptions.LongRunning);
        var send = await transport.NextSendAsync();
        Assert.Equal(65_536, send.Data.Length);
        Assert.False(blocked.IsCompleted);
        transport.HoldsSends = false;
        send.Complete();
        await blocked.Within();
        await stream.FlushAsync().Within();
        Assert.Equal(65_538, transport.Sent.Length);
    }

    [Fact]
    public async Task Waiting_for_room_it_wakes_with_the_fault_and_with_the_close()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write(new byte[100_000]);
        var blocked = Task.Factory.StartNew(() => stream.Write("y"u8), TaskCreationOptions.LongRunning);
        var boom = new IOException("boom");
        (await transport.NextSendAsync()).Fail(boom);
        await blocked.ThrowsFaultAsync(boom);

        var other = new ScriptedTransport { HoldsSends = true };
        var closing = Streams.Over(other);
        closing.Write(new byte[100_000]);
        blocked = Task.Factory.StartNew(() => closing.Write("y"u8), TaskCreationOptions.LongRunning);
        await other.NextSendAsync();
        closing.Abort();
        await blocked.ThrowsClosedAsync();
    }

    [Fact]
    public async Task Above_the_mark_a_transport_that_takes_all_at_once_never_blocks_it()
    {
        var transport = new ScriptedTransport { Tries = true };
        await using var stream = Streams.Over(transport);
        for (var i = 0; i < 100; i++) stream.Write(new byte[65_536]);
        await stream.FlushAsync().Within();
        Assert.Equal(6_553_600, transport.Sent.Length);
    }

    [Fact]
    public async Task A_read_only_stream_cannot_be_written()
    {
        await using var stream = Streams.Over(new ScriptedTransport { Ways = StreamMode.Read });
        Assert.Equal("The stream is read-only.", Assert.Throws<NotSupportedException>(() => stream.Write("x"u8)).Message);
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteAsync("x"u8.ToArray()).Within());
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.DrainAsync().Within());
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());
        Assert.False(stream.CanWrite);
        Assert.False(stream.CanWriteEof);
        Assert.True(stream.CanRead);
    }
}
