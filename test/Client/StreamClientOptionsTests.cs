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
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.HappyEyeballsDelay);
        Assert.Null(options.Interleave);
        Assert.Null(options.Tls);
        Assert.Null(options.ServerHostname);
        Assert.Equal(TimeSpan.FromSeconds(10), options.HandshakeTimeout);
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

    public static TheoryData<string, Action<StreamClientOptions, TimeSpan>, Func<StreamClientOptions, TimeSpan>> Times => new()
    {
        { "ConnectTimeout", (options, value) => options.ConnectTimeout = value, options => options.ConnectTimeout },
        { "HandshakeTimeout", (options, value) => options.HandshakeTimeout = value, options => options.HandshakeTimeout },
        { "HappyEyeballsDelay", (options, value) => options.HappyEyeballsDelay = value, options => options.HappyEyeballsDelay },
    };

    [Theory]
    [MemberData(nameof(Times), DisableDiscoveryEnumeration = true)]
    public void A_time_must_be_above_zero_and_within_a_timer_or_infinite(
        string name, Action<StreamClientOptions, TimeSpan> set, Func<StreamClientOptions, TimeSpan> get)
    {
        var options = new StreamClientOptions();
        var usual = get(options);

        foreach (var milliseconds in (long[])[0, -2, 4294967295])
            Assert.Throws<ArgumentOutOfRangeException>(name, () => set(options, TimeSpan.FromMilliseconds(milliseconds)));
        Assert.Equal(usual, get(options));
        set(options, TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromTicks(1), get(options));
        set(options, Timeout.InfiniteTimeSpan);
        Assert.Equal(Timeout.InfiniteTimeSpan, get(options));
    }

    [Fact]
    public void Interleave_must_not_be_below_zero()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Interleave", () => new StreamClientOptions { Interleave = -1 });
        Assert.Equal(0, new StreamClientOptions { Interleave = 0 }.Interleave);
        Assert.Null(new StreamClientOptions { Interleave = null }.Interleave);
    }

    [Fact]
    public void ServerHostname_must_not_be_empty()
    {
        Assert.Throws<ArgumentException>("ServerHostname", () => new StreamClientOptions { ServerHostname = "" });
        Assert.Null(new StreamClientOptions { ServerHostname = null }.ServerHostname);
    }

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
