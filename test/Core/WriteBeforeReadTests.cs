namespace Kestrel.Streams.Tests;

[Collection(StalledSweeper.Alone)]
public class WriteBeforeReadTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_writes_and_a_read_that_waits_are_one_send_before_the_receive(bool tries)
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var transport = new ScriptedTransport { Tries = tries };
        await using var stream = Streams.Over(transport);
        for (var i = 0; i < 1000; i++) stream.Write("line\n"u8);
        Assert.Empty(transport.Log);
        var reading = stream.ReadLineAsync().AsTask();
        Assert.Equal(["send 5000", "wait"], transport.Log);
        transport.Arrive("answer\n");
        Assert.Equal("answer\n", (await reading.Within()).ToText());
    }

    [Fact]
    public async Task A_read_that_need_not_wait_sends_nothing()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("one\ntwo\n");
        await stream.ReadLineAsync().Within();
        stream.Write("answer\n"u8);
        await stream.ReadLineAsync().Within();
        Assert.Equal(0, transport.SendCount);
        await stream.FlushAsync().Within();
        Assert.Equal(1, transport.SendCount);
    }

    [Fact]
    public async Task Writes_go_with_the_next_WriteAsync_in_their_order()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        stream.Write("a"u8);
        stream.Write("b"u8);
        await stream.WriteAsync("c"u8.ToArray()).Within();
        Assert.Equal(["send 3"], transport.Log);
        Assert.Equal("abc", transport.Sent.ToText());
    }

    [Fact]
    public async Task Nothing_at_all_is_sent_for_a_stream_that_nobody_touches()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        stream.Write("unsent"u8);
        stream.Abort();
        Assert.Empty(transport.Sent);
    }
}
