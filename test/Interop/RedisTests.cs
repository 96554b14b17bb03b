using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Our client and redis-server: lines and counted bytes, thousands of requests under way, messages nobody asked for.</summary>
public abstract class RedisTests(Network network)
{
    private const int Requests = 20_000;

    public static TheoryData<int> Sizes => [0, 1, 2, 65_535, 65_536, 65_537, Samples.Mebibyte];

    [Fact]
    public Task A_value_of_every_byte_comes_back_as_it_was() =>
        TalkAsync(stream => SetAndGetAsync(stream, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]));

    [Fact]
    public Task A_value_with_the_ends_of_lines_and_replies_in_it_comes_back_as_it_was() =>
        TalkAsync(stream => SetAndGetAsync(stream, "\r\n$5\r\nhello\r\n\n\r\r\n-ERR no\r\n*-1\r\n"u8.ToArray()));

    [Theory]
    [MemberData(nameof(Sizes))]
    public Task A_value_of_any_size_comes_back_as_it_was(int size) => TalkAsync(stream => SetAndGetAsync(stream, Samples.Random(size)));

    [Fact]
    public Task A_key_that_is_not_there_is_no_value_and_not_an_empty_one() => TalkAsync(async stream =>
    {
        Assert.Null(await stream.AskAsync("GET", "nothing"));
        Assert.Equal("OK", await stream.AskAsync("SET", "empty", ""));
        Assert.Equal([Array.Empty<byte>(), null], Assert.IsType<object?[]>(await stream.AskAsync("MGET", "empty", "nothing")));
    });

    [Fact]
    public Task A_refused_command_is_an_answer_and_the_next_one_is_right() => TalkAsync(async stream =>
    {
        Assert.Contains("unknown command", Assert.IsType<InvalidOperationException>(await stream.AskAsync("NONSENSE")).Message, StringComparison.Ordinal);
        Assert.Equal("PONG", await stream.AskAsync("PING"));
    });

    [Fact]
    public Task Twenty_thousand_requests_sent_in_one_go_are_answered_in_order() => TalkAsync(async stream =>
    {
        var all = Enumerable.Range(0, Requests).SelectMany(i => Resp.Command("ECHO"u8.ToArray(), Number(i))).ToArray();
        var sent = stream.WriteAsync(all).Within();
        for (var i = 0; i < Requests; i++)
            Assert.Equal(Number(i), await stream.ReadReplyAsync());
        await sent;
    });

    [Fact]
    public Task Twenty_thousand_requests_written_one_by_one_are_answered_in_order() => TalkAsync(async stream =>
    {
        var sent = SendAsync();
        for (var i = 1; i <= Requests; i++)
            Assert.Equal((long)i, await stream.ReadReplyAsync());
        await sent.Within();

        async Task SendAsync()
        {
            var command = Resp.Command("INCR"u8.ToArray(), "counter"u8.ToArray());
            for (var i = 0; i < Requests; i++)
            {
                stream.Write(command);
                await stream.DrainAsync().Within();
            }
        }
    });

    [Fact]
    public Task What_others_publish_comes_in_order_without_asking() => RunAsync(async (place, _) =>
    {
        const int messages = 1000;
        await using var subscriber = await OurClient.ConnectAsync(place);
        Assert.Equal(["subscribe"u8.ToArray(), "news"u8.ToArray(), 1L], Assert.IsType<object?[]>(await subscriber.AskAsync("SUBSCRIBE", "news")));

        await using var publisher = await OurClient.ConnectAsync(place);
        for (var i = 0; i < messages; i++)
            publisher.Write(Resp.Command("PUBLISH"u8.ToArray(), "news"u8.ToArray(), Message(i)));
        for (var i = 0; i < messages; i++)
            Assert.Equal(["message"u8.ToArray(), "news"u8.ToArray(), Message(i)], Assert.IsType<object?[]>(await subscriber.ReadReplyAsync()));
        for (var i = 0; i < messages; i++)
            Assert.Equal(1L, await publisher.ReadReplyAsync());

        static byte[] Message(int i) => [.. Number(i), .. "\r\n\0"u8];
    });

    [Fact]
    public Task A_connection_that_the_server_kills_ends_our_waiting_read_and_breaks_our_writing() => RunAsync(async (place, _) =>
    {
        await using var killed = await OurClient.ConnectAsync(place);
        await using var killer = await OurClient.ConnectAsync(place);
        var id = Assert.IsType<long>(await killed.AskAsync("CLIENT", "ID"));
        var read = killed.ReadAsync().Within();
        Assert.Equal(1L, await killer.AskAsync("CLIENT", "KILL", "ID", id.ToString(CultureInfo.InvariantCulture)));

        Assert.Empty(await read);
        await Behaviour.FindNobodyThereAsync(killed);
        Assert.Equal("PONG", await killer.AskAsync("PING"));
    });

    [Fact]
    public Task A_server_killed_while_we_wait_is_the_end_of_our_read_and_breaks_our_writing() => RunAsync(async (place, server) =>
    {
        await using var stream = await OurClient.ConnectAsync(place);
        Assert.Equal("PONG", await stream.AskAsync("PING"));
        var read = stream.ReadAsync().Within();
        server.Kill();

        Assert.Empty(await read);
        await Behaviour.FindNobodyThereAsync(stream);
        // A process that dies closes one descriptor after the other.
        await server.EndAsync();
        await Assert.ThrowsAsync<StreamConnectException>(() => OurClient.ConnectAsync(place));
    });

    [Fact]
    public Task A_server_killed_among_its_answers_breaks_our_reading_and_no_answer_is_cut() => RunAsync(async (place, server) =>
    {
        const int requests = 50;
        await using var stream = await OurClient.ConnectAsync(place);
        var value = Samples.Random(Samples.Mebibyte);
        Assert.Equal("OK", await stream.AskAsync("SET"u8.ToArray(), "big"u8.ToArray(), value));
        for (var i = 0; i < requests; i++)
            stream.Write(Resp.Command("GET"u8.ToArray(), "big"u8.ToArray()));
        Assert.Equal(value, await stream.ReadReplyAsync());
        server.Kill();

        // The answers that had arrived are whole; the buffers between the two do not hold them all.
        var answers = 1;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (; answers < requests; answers++)
                Assert.Equal(value, await stream.ReadReplyAsync());
        });
        Assert.InRange(answers, 1, requests - 1);
    });

    private static byte[] Number(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static async Task SetAndGetAsync(ConnectionStream stream, byte[] value)
    {
        Assert.Equal("OK", await stream.AskAsync("SET"u8.ToArray(), "key"u8.ToArray(), value));
        Assert.Equal(value, await stream.AskAsync("GET", "key"));
        Assert.Equal((long)value.Length, await stream.AskAsync("STRLEN", "key"));
    }

    private Task TalkAsync(Func<ConnectionStream, Task> talk) => RunAsync(async (place, _) =>
    {
        await using var stream = await OurClient.ConnectAsync(place);
        await talk(stream);
    });

    private Task RunAsync(Func<Place, Peer, Task> test) => new Redis().RunAsync(network, test);
}

public sealed class RedisOverTcp() : RedisTests(Network.Tcp);

public sealed class RedisOverUnix() : RedisTests(Network.Unix);
