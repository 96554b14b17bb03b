namespace Kestrel.Streams.Tests;

/// <summary>The one write that blocks: above the mark it waits for room.</summary>
public class WriteRoomTests
{
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
}
