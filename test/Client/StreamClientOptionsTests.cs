using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class StreamClientOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new StreamClientOptions();

        Assert.Equal(65536, options.Limit);
        Assert.Equal(TimeSpan.FromSeconds(30), options.ConnectTimeout);
        Assert.Equal(AddressFamily.Unspecified, options.AddressFamily);
        Assert.True(options.NoDelay);
        Assert.Null(options.LocalEndPoint);
        Assert.Null(options.KeepAlive);
        Assert.Null(options.ResolveCallback);
        Assert.Null(options.ConnectCallback);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Limit_must_be_above_zero(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>("Limit", () => new StreamClientOptions { Limit = limit });

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(4294967295)]
    public void ConnectTimeout_must_be_above_zero_and_within_a_timer(long milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            "ConnectTimeout", () => new StreamClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(milliseconds) });

    [Fact]
    public void ConnectTimeout_may_be_infinite() =>
        Assert.Equal(Timeout.InfiniteTimeSpan, new StreamClientOptions { ConnectTimeout = Timeout.InfiniteTimeSpan }.ConnectTimeout);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(32768)]
    public void KeepAlive_must_be_above_zero_and_within_what_the_kernel_takes(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>("KeepAlive", () => new StreamClientOptions { KeepAlive = TimeSpan.FromSeconds(seconds) });

    [Fact]
    public void KeepAlive_may_be_taken_back()
    {
        var options = new StreamClientOptions { KeepAlive = TimeSpan.FromSeconds(32767) };
        options.KeepAlive = null;
        Assert.Null(options.KeepAlive);
    }

    [Fact]
    public void AddressFamily_must_be_one_of_the_internet() =>
        Assert.Throws<ArgumentOutOfRangeException>("AddressFamily", () => new StreamClientOptions { AddressFamily = AddressFamily.Unix });
}
