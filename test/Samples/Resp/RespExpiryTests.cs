namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer: keys that live for a time.</summary>
public class RespExpiryTests
{
    [Theory]
    [InlineData("SET k v EX 10", 10_000)]
    [InlineData("SET k v px 1500", 1_500)]
    [InlineData("SET k v\r\nEXPIRE k 3", 3_000)]
    [InlineData("RPUSH k v\r\nEXPIRE k 3\r\nRPUSH k w", 3_000)]
    [InlineData("SET k 1 EX 2\r\nINCR k", 2_000)]
    [InlineData("SET k v EX 5\r\nSET k v NX EX 50", 5_000)]
    public async Task A_key_is_there_until_its_time_and_then_not(string commands, int milliseconds)
    {
        await using var host = await RespHost.StartAsync();
        await host.AskAsync(commands + "\r\n");

        host.Time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        Assert.Equal(":1\r\n", await host.AskAsync("EXISTS k\r\n"));

        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(":0\r\n:-2\r\n:0\r\n:0\r\n:0\r\n", await host.AskAsync("EXISTS k\r\nTTL k\r\nDEL k\r\nEXPIRE k 10\r\nLLEN k\r\n"));
    }

    [Theory]
    [InlineData("SET k v EX 5\r\nSET k w")]
    [InlineData("SET k v EX 5\r\nDEL k\r\nSET k v")]
    [InlineData("SET k v EX 5\r\nSET k v XX")]
    [InlineData("SET k v EX 5\r\nEXPIRE k 1000000")]
    public async Task A_key_that_is_set_anew_outlives_its_old_time(string commands)
    {
        await using var host = await RespHost.StartAsync();
        await host.AskAsync(commands + "\r\n");

        host.Time.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(":1\r\n", await host.AskAsync("EXISTS k\r\n"));
    }

    [Fact]
    public async Task The_time_to_live_is_told_in_rounded_seconds()
    {
        await using var host = await RespHost.StartAsync();
        Assert.Equal(":-2\r\n+OK\r\n:-1\r\n:1\r\n:10\r\n", await host.AskAsync("TTL k\r\nSET k v\r\nTTL k\r\nEXPIRE k 10\r\nTTL k\r\n"));

        host.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(":10\r\n", await host.AskAsync("TTL k\r\n"));

        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(":9\r\n", await host.AskAsync("TTL k\r\n"));

        host.Time.Advance(TimeSpan.FromMilliseconds(9_100));
        Assert.Equal(":0\r\n", await host.AskAsync("TTL k\r\n"));
    }

    [Theory]
    [InlineData("0", ":1")]
    [InlineData("-1", ":1")]
    [InlineData("-9223372036854775807", "-ERR invalid expire time in 'expire' command")]
    [InlineData("9223372036854775807", "-ERR invalid expire time in 'expire' command")]
    public async Task A_time_that_is_over_removes_the_key_and_an_impossible_one_does_not(string seconds, string reply)
    {
        await using var host = await RespHost.StartAsync();

        Assert.Equal($"+OK\r\n{reply}\r\n:{(reply == ":1" ? 0 : 1)}\r\n", await host.AskAsync($"SET k v\r\nEXPIRE k {seconds}\r\nEXISTS k\r\n"));
    }

    [Fact]
    public async Task What_nobody_asks_for_again_is_swept_away()
    {
        await using var host = await RespHost.StartAsync();
        await host.AskAsync("SET a v EX 1\r\nSET b v EX 2\r\nSET c v\r\nRPUSH d v\r\nEXPIRE d 1\r\n");

        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(4, host.Store.Count);
        host.Store.Sweep();

        Assert.Equal(2, host.Store.Count);
        Assert.Equal("$1\r\nv\r\n$1\r\nv\r\n", await host.AskAsync("GET b\r\nGET c\r\n"));
    }
}
