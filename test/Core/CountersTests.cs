namespace Kestrel.Streams.Tests;

/// <summary>What a server looks at now and then.</summary>
public class CountersTests
{
    [Fact]
    public async Task What_has_been_sent_and_received_is_counted()
    {
        var transport = new ScriptedTransport { Tries = true };
        await using var stream = Streams.Over(transport);
        await stream.WriteAsync("12345"u8).Within();
        transport.Arrive("123");
        await stream.ReadExactlyAsync(2).Within();
        Assert.Equal(5, stream.BytesSent);
        Assert.Equal(3, stream.BytesReceived);
    }

    [Fact]
    public async Task What_is_held_up_and_dropped_is_not_counted_as_sent()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 2, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        Assert.False(stream.Output.IsHeldUp);
        var writing = stream.WriteAsync("12345"u8).AsTask();
        Assert.True(stream.Output.IsHeldUp);
        Assert.Equal(2, stream.BytesSent);
        stream.Abort();
        await writing.FailsAsync();
        Assert.Equal(2, stream.BytesSent);
        Assert.False(stream.Output.IsHeldUp);
    }

    [Fact]
    public async Task Other_options_hold_from_now_on()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Adopt(new ConnectionStreamOptions { Limit = 3, HighWaterMark = 2, LowWaterMark = 1 });
        Assert.Equal(3, stream.Limit);
        stream.Write("123"u8);
        var drain = stream.DrainAsync().AsTask();
        Assert.False(drain.IsCompleted);
        (await transport.NextSendAsync()).Complete();
        await drain.Within();
        transport.Arrive("12345\n");
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
    }
}
