using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Tests;

public class IdleTests
{
    [Fact]
    public async Task A_stream_that_waits_with_nothing_buffered_holds_no_block()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        for (var i = 0; i < 3; i++)
        {
            var reading = stream.ReadLineAsync().AsTask();
            Assert.Null(Block(stream.Input.Buffer));
            Assert.Equal(0, transport.Rooms[^1]);
            transport.Arrive("line\n");
            await reading.Within();
        }
    }

    [Fact]
    public async Task One_that_reads_ahead_holds_none_either()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        _ = stream.Closed;
        Assert.Null(Block(stream.Input.Buffer));
        transport.Arrive("line\n");
        Assert.NotNull(Block(stream.Input.Buffer));
        await stream.ReadLineAsync().Within();
        Assert.Equal("receive", transport.Log[^1]);
        var reading = stream.ReadLineAsync().AsTask();
        transport.Arrive("line\n");
        await reading.Within();
        await stream.CloseAsync().Within();
        Assert.Null(Block(stream.Input.Buffer));
    }

    [Fact]
    public async Task A_closed_one_holds_none_when_its_last_read_has_ended()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("partial");
        var reading = stream.ReadLineAsync().AsTask();
        Assert.NotNull(Block(stream.Input.Buffer));
        await stream.CloseAsync().Within();
        await reading.ThrowsClosedAsync();
        Assert.Null(Block(stream.Input.Buffer));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_block")]
    private static extern ref byte[]? Block(ReceiveBuffer buffer);
}
