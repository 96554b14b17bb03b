using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

/// <summary>Writes that wait behind others: order, and what a cancelled one leaves behind.</summary>
public class WriteQueueTests
{
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
}
