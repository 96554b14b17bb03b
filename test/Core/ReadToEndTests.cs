namespace Kestrel.Streams.Tests;

public class ReadToEndTests
{
    [Fact]
    public async Task Collects_all_however_it_comes()
    {
        var transport = new ScriptedTransport { Portion = 999 };
        await using var stream = Streams.Over(transport, limit: 10);
        var data = Samples.Sequence(100_000);
        transport.Arrive(data);
        transport.ArriveEnd();
        Assert.Equal(data, await stream.ReadToEndAsync().Within());
        Assert.Empty(await stream.ReadToEndAsync().Within());
    }

    [Fact]
    public async Task Exactly_the_most_is_fine()
    {
        await using var stream = Streams.With("12345");
        Assert.Equal("12345", (await stream.ReadToEndAsync(5).Within()).ToText());
        Assert.Empty(await stream.ReadToEndAsync(0).Within());
    }

    [Fact]
    public async Task More_than_allowed_is_refused_and_gone()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("123456");
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadToEndAsync(5).Within());
        Assert.Equal((6, 5), (over.Consumed, over.Limit));
        transport.Arrive("rest\n");
        Assert.Equal("rest\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Below_zero_is_refused()
    {
        await using var stream = Streams.With("");
        Assert.Equal("maxBytes", Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.ReadToEndAsync(-1).AsTask(); }).ParamName);
    }
}
