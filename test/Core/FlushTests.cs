namespace Kestrel.Streams.Tests;

public class FlushTests
{
    [Fact]
    public async Task Done_at_once_when_nothing_is_unsent()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.True(stream.FlushAsync().IsCompletedSuccessfully);
        stream.Flush();
        Assert.Empty(transport.Log);
    }

    [Fact]
    public async Task Done_when_all_that_was_written_before_is_below()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("before"u8);
        var flush = stream.FlushAsync();
        stream.Write("after"u8);
        var send = await transport.NextSendAsync();
        Assert.False(flush.IsCompleted);
        send.Complete();
        await flush.Within();
        (await transport.NextSendAsync()).Complete();
    }

    [Fact]
    public async Task What_can_go_at_once_goes_at_once()
    {
        var transport = new ScriptedTransport { Tries = true };
        await using var stream = Streams.Over(transport);
        stream.Write("x"u8);
        Assert.True(stream.FlushAsync().IsCompletedSuccessfully);
        stream.Write("y"u8);
        stream.Flush();
        Assert.Equal("xy", transport.Sent.ToText());
    }

    [Fact]
    public async Task Cancelled_what_is_unsent_leaves_all_the_same()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        stream.Write("x"u8);
        var flush = stream.FlushAsync(source.Token);
        await source.CancelAsync();
        await flush.ThrowsCancelledAsync(source.Token);
        (await transport.NextSendAsync()).Complete();
        await stream.FlushAsync().Within();
        Assert.Equal("x", transport.Sent.ToText());
    }
}
