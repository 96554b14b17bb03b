namespace Kestrel.Streams.Tests;

/// <summary>The time of a read that is over, as a server's timeouts have it.</summary>
public class ExpireTests
{
    private static readonly IOException _late = new("It took too long.");

    [Fact]
    public async Task The_read_that_waits_fails_and_so_does_every_later_one_that_needs_more_than_there_is()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("one\nrest");
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        var reading = stream.ReadLineAsync().AsTask();
        Assert.True(stream.Input.IsWaitedFor);
        Assert.False(stream.IsBroken);

        Assert.True(stream.Input.TryExpire(stream.Input.ReadUnderWay, _late));

        Assert.Equal(_late.Message, (await Assert.ThrowsAsync<IOException>(() => reading.Within())).Message);
        Assert.True(stream.IsBroken);
        Assert.Equal(_late.Message, (await Assert.ThrowsAsync<IOException>(() => stream.ReadLineAsync().Within())).Message);
        Assert.Equal("rest", (await stream.ReadExactlyAsync(4).Within()).ToText());
        Assert.Equal(_late.Message, (await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(1).Within())).Message);
        await stream.WriteAsync("still"u8).Within();
        Assert.Equal("still", transport.Sent.ToText());
    }

    [Fact]
    public async Task Another_read_than_the_one_that_was_late_goes_on()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.Equal(0, stream.Input.ReadUnderWay);
        var first = stream.ReadLineAsync().AsTask();
        var late = stream.Input.ReadUnderWay;
        Assert.NotEqual(0, late);
        transport.Arrive("one\n");
        Assert.Equal("one\n", (await first.Within()).ToText());
        Assert.Equal(0, stream.Input.ReadUnderWay);
        Assert.False(stream.Input.TryExpire(late, _late));

        var second = stream.ReadLineAsync().AsTask();
        Assert.NotEqual(late, stream.Input.ReadUnderWay);
        Assert.False(stream.Input.TryExpire(late, _late));
        transport.Arrive("two\n");
        Assert.Equal("two\n", (await second.Within()).ToText());
        Assert.False(stream.IsBroken);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("fault")]
    [InlineData("close")]
    public async Task After_the_input_is_over_nothing_is_late(string how)
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        var reading = stream.ReadLineAsync().AsTask();
        var number = stream.Input.ReadUnderWay;
        if (how == "end") transport.ArriveEnd();
        else if (how == "fault") transport.Fail(new IOException("reset"));
        else await stream.CloseAsync().Within();
        await Task.WhenAny(reading).Within();

        Assert.False(stream.Input.TryExpire(number, _late));
        if (how == "end") Assert.Empty(await stream.ReadAsync(1).Within());
        await stream.CloseAsync().Within();
    }
}
