using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer with the programs that come with Redis: redis-cli and redis-benchmark.</summary>
public class RedisToolTests
{
    [Fact]
    public Task Redis_cli_pipes_a_hundred_thousand_commands_through_it() => RunAsync(async place =>
    {
        const int count = 100_000;
        await using var cli = StartCli(place, "--pipe");
        await cli.SendAllAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, count).Select(static i => $"SET key{i} value{i}\r\n"))));

        Assert.Contains($"errors: 0, replies: {count}\n", Samples.Text(await cli.ReadToEndAsync()), StringComparison.Ordinal);
        await cli.SucceedAsync();
        Assert.Equal("value99999\n", await AskAsync(place, "GET", "key99999"));
    });

    [Fact]
    public Task Redis_cli_counts_the_errors_of_what_it_pipes() => RunAsync(async place =>
    {
        await using var cli = StartCli(place, "--pipe");
        await cli.SendAllAsync("SET k v\r\nLPUSH k v\r\nNONSENSE\r\nGET k\r\n"u8.ToArray());

        Assert.Contains("errors: 2, replies: 4\n", Samples.Text(await cli.ReadToEndAsync()), StringComparison.Ordinal);
    });

    [Fact]
    public Task Redis_cli_speaks_the_third_version_with_it() => RunAsync(async place =>
    {
        var hello = await AskAsync(place, "-3", "HELLO", "3");
        Assert.StartsWith("server redis\nversion 7.0.0\nproto 3\nid ", hello, StringComparison.Ordinal);
        Assert.EndsWith("\nmode standalone\nrole master\nmodules \n", hello, StringComparison.Ordinal);
        Assert.Equal("""{"save":""}""" + "\n", await AskAsync(place, "-3", "--json", "CONFIG", "GET", "save"));
        Assert.Equal("null\n", await AskAsync(place, "-3", "--json", "GET", "nothing"));
        Assert.Contains("redis_mode:standalone\r\n", await AskAsync(place, "-3", "INFO"), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("-2")]
    [InlineData("-3")]
    public Task What_a_stream_publishes_redis_cli_shows(string version) => RunAsync(async place =>
    {
        await using var cli = StartCli(place, version, "SUBSCRIBE", "news");
        Assert.Equal("subscribe", await cli.LineAsync("subscribe"));
        Assert.Equal(("news", "1"), (await cli.ReadLineAsync(), await cli.ReadLineAsync()));
        await using var stream = await OurClient.ConnectAsync(place);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1L, await stream.AskAsync("PUBLISH", "news", $"message{i}"));
            Assert.Equal(("message", "news", $"message{i}"), (await cli.ReadLineAsync(), await cli.ReadLineAsync(), await cli.ReadLineAsync()));
        }
    });

    [Fact]
    public Task What_redis_cli_publishes_a_stream_is_told() => RunAsync(async place =>
    {
        await using var stream = await OurClient.ConnectAsync(place);
        Assert.Equal(["subscribe"u8.ToArray(), "news"u8.ToArray(), 1L], Assert.IsType<object?[]>(await stream.AskAsync("SUBSCRIBE", "news")));

        Assert.Equal("1\n", await AskAsync(place, "PUBLISH", "news", "hello"));

        Assert.Equal(["message"u8.ToArray(), "news"u8.ToArray(), "hello"u8.ToArray()], Assert.IsType<object?[]>(await stream.ReadReplyAsync()));
    });

    [Theory]
    [InlineData("1")]
    [InlineData("16")]
    public Task Redis_benchmark_runs_its_tests_against_it(string depth) => RunAsync(async place =>
    {
        await using var benchmark = Peer.Start(
            "redis-benchmark", "-p", $"{place.Port}", "-q", "-n", "4800", "-c", "20", "-P", depth, "-t", "ping,set,get,incr,lpush,rpush,lrange_100");

        var table = Samples.Text(await benchmark.ReadToEndAsync());
        await benchmark.SucceedAsync();
        foreach (var test in (string[])["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LRANGE_100 (first 100 elements)"])
            Assert.Contains($"{test}: ", table, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", table, StringComparison.Ordinal);
        Assert.DoesNotContain("rror", (await benchmark.TellAsync()).Split("Its stderr:")[1], StringComparison.Ordinal);
        Assert.Equal("14400\n", await AskAsync(place, "LLEN", "mylist")); // and of what the list of LRANGE is made
    });

    [Fact]
    public Task It_serves_the_conversations_that_redis_server_serves() => RunAsync(async place =>
    {
        await using var stream = await OurClient.ConnectAsync(place);
        for (var size = 0; size <= 4 * Samples.Mebibyte; size = (4 * size) + 1)
        {
            var value = Samples.Random(size);
            Assert.Equal("OK", await stream.AskAsync("SET"u8.ToArray(), "key"u8.ToArray(), value));
            Assert.Equal(value, await stream.AskAsync("GET", "key"));
        }
    });

    private static Task RunAsync(Func<Place, Task> test) => new RespSample().RunAsync(Network.Tcp, (place, _) => test(place));

    private static Peer StartCli(Place place, params string[] arguments) => Peer.Start("redis-cli", ["-p", $"{place.Port}", .. arguments]);

    private static async Task<string> AskAsync(Place place, params string[] arguments)
    {
        await using var cli = StartCli(place, arguments);
        var answer = Samples.Text(await cli.ReadToEndAsync());
        await cli.SucceedAsync();
        return answer;
    }
}
