namespace Kestrel.Streams.Tests;

public class OptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var options = new ConnectionStreamOptions();
        Assert.Equal(65536, options.Limit);
        Assert.Equal(ConnectionStream.DefaultLimit, options.Limit);
        Assert.Equal(65536, options.HighWaterMark);
        Assert.Equal(16384, options.LowWaterMark);
        Assert.Equal(TimeSpan.FromSeconds(10), options.CloseTimeout);
        Assert.False(options.IsServerSide);
        Assert.Null(options.Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_must_be_above_zero(int limit)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionStreamOptions { Limit = limit });
        Assert.Equal("Limit", refused.ParamName);
    }

    [Fact]
    public void Marks_must_not_be_below_zero()
    {
        Assert.Equal("HighWaterMark", Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionStreamOptions { HighWaterMark = -1 }).ParamName);
        Assert.Equal("LowWaterMark", Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionStreamOptions { LowWaterMark = -1 }).ParamName);
        Assert.Equal(0, new ConnectionStreamOptions { HighWaterMark = 0 }.HighWaterMark);
        Assert.Equal(0, new ConnectionStreamOptions { LowWaterMark = 0 }.LowWaterMark);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(4294967295)]
    public void A_close_timeout_must_be_a_time_that_a_timer_can_count(double milliseconds)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(
            () => new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.Equal("CloseTimeout", refused.ParamName);
    }

    [Fact]
    public async Task A_close_timeout_may_be_infinite_or_the_longest_that_there_is()
    {
        foreach (var timeout in new[] { Timeout.InfiniteTimeSpan, TimeSpan.FromMilliseconds(uint.MaxValue - 1) })
        {
            var stream = ConnectionStream.Create(new ScriptedTransport(), new ConnectionStreamOptions { CloseTimeout = timeout });
            stream.Write("x"u8);
            await stream.CloseAsync().Within();
        }
    }

    [Fact]
    public void They_are_read_once()
    {
        var options = new ConnectionStreamOptions { Limit = 10, IsServerSide = true, Id = "c7" };
        var stream = ConnectionStream.Create(new ScriptedTransport(), options);
        options.Limit = 20;
        options.IsServerSide = false;
        options.Id = "c8";
        Assert.Equal(10, stream.Limit);
        Assert.True(stream.IsServerSide);
        Assert.Equal("c7", stream.Id);
    }

    [Fact]
    public void Without_options_the_defaults_hold_and_each_stream_has_a_name_of_its_own()
    {
        var transport = new ScriptedTransport();
        var first = ConnectionStream.Create(transport);
        var second = ConnectionStream.Create(new ScriptedTransport());
        Assert.Equal(ConnectionStream.DefaultLimit, first.Limit);
        Assert.False(first.IsServerSide);
        Assert.Same(transport, first.Transport);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task A_pair_is_a_client_and_a_server_of_the_same_options()
    {
        var (client, server) = ConnectionStream.CreatePair(new ConnectionStreamOptions { Limit = 10 });
        Assert.False(client.IsServerSide);
        Assert.True(server.IsServerSide);
        Assert.Equal((10, 10), (client.Limit, server.Limit));
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();
    }

    [Fact]
    public void A_transport_must_be_given() =>
        Assert.Equal("transport", Assert.Throws<ArgumentNullException>(() => ConnectionStream.Create(null!)).ParamName);

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task The_least_and_the_greatest_limit_work(int limit)
    {
        await using var stream = Streams.With("a\nb\n", limit);
        Assert.Equal("a\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("b\n", (await stream.ReadUntilAnyAsync(["\n"u8.ToArray()]).Within()).ToText());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }
}
