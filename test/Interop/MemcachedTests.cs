using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Our client and memcached's text protocol: counted values between lines, and requests that want no answer.</summary>
public abstract class MemcachedTests(Network network)
{
    private const int Requests = 20_000;

    public static TheoryData<int> Sizes => [0, 1, 65_536, Samples.Mebibyte, 3 * Samples.Mebibyte];

    [Fact]
    public Task A_value_of_every_byte_comes_back_as_it_was() =>
        TalkAsync(stream => SetAndGetAsync(stream, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]));

    [Fact]
    public Task A_value_that_looks_like_answers_comes_back_as_it_was() =>
        TalkAsync(stream => SetAndGetAsync(stream, "\r\nEND\r\nVALUE key 0 1\r\nx\r\nERROR\r\n\n\r"u8.ToArray()));

    [Theory]
    [MemberData(nameof(Sizes))]
    public Task A_value_of_any_size_comes_back_as_it_was(int size) => TalkAsync(stream => SetAndGetAsync(stream, Samples.Random(size)));

    [Fact]
    public Task A_key_that_is_not_there_is_no_value() => TalkAsync(async stream =>
    {
        await stream.WriteAsync("get nothing\r\n"u8).Within();
        Assert.Equal("END", await LineAsync(stream));
    });

    [Fact]
    public Task Twenty_thousand_writes_without_an_answer_are_all_there_and_read_back_in_order() => TalkAsync(async stream =>
    {
        for (var i = 0; i < Requests; i++)
        {
            stream.Write(Encoding.ASCII.GetBytes($"set key{i} 0 0 {Text(i).Length} noreply\r\n{Text(i)}\r\n"));
            await stream.DrainAsync().Within();
        }

        var sent = stream.WriteAsync(string.Concat(Enumerable.Range(0, Requests).Select(i => $"get key{i}\r\n"))).Within();
        for (var i = 0; i < Requests; i++)
            Assert.Equal(Text(i), Samples.Text(await ReadValueAsync(stream, $"key{i}")));
        await sent;

        static string Text(int i) => $"value {i}";
    });

    [Fact]
    public Task Its_farewell_is_our_end() => TalkAsync(async stream =>
    {
        var read = stream.ReadAsync().Within();
        await stream.WriteAsync("quit\r\n"u8).Within();
        Assert.Empty(await read);
        await Behaviour.FindNobodyThereAsync(stream);
    });

    [Fact]
    public Task A_server_killed_while_we_wait_is_the_end_of_our_read_and_breaks_our_writing() => RunAsync(async (stream, server) =>
    {
        var read = stream.ReadAsync().Within();
        server.Kill();
        Assert.Empty(await read);
        await Behaviour.FindNobodyThereAsync(stream);
    });

    [Fact]
    public Task A_server_killed_among_its_answers_breaks_our_reading_and_our_writing() => RunAsync(async (stream, server) =>
    {
        var value = Samples.Random(Samples.Mebibyte);
        await SetAndGetAsync(stream, value);

        // It reads no further request while its answer waits for room: the loop comes to stand.
        var writing = Assert.ThrowsAnyAsync<IOException>(() => AskForEverAsync(stream));
        Assert.Equal(value, await ReadValueAsync(stream, "key"));
        server.Kill();

        await writing.Within();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (true)
                Assert.Equal(value, await ReadValueAsync(stream, "key"));
        }).Within();
    });

    private static async Task AskForEverAsync(ConnectionStream stream)
    {
        while (true)
            await stream.WriteAsync("get key\r\n"u8).Within();
    }

    private static async Task SetAndGetAsync(ConnectionStream stream, byte[] value)
    {
        await stream.WriteAsync($"set key 0 0 {value.Length}\r\n").Within();
        await stream.WriteAsync(value).Within();
        await stream.WriteAsync("\r\n"u8).Within();
        Assert.Equal("STORED", await LineAsync(stream));
        await stream.WriteAsync("get key\r\n"u8).Within();
        Assert.Equal(value, await ReadValueAsync(stream, "key"));
    }

    private static async Task<byte[]> ReadValueAsync(ConnectionStream stream, string key)
    {
        var head = (await LineAsync(stream)).Split(' ');
        Assert.Equal(["VALUE", key, "0"], head[..3]);
        var value = await stream.ReadExactlyAsync(int.Parse(head[3], CultureInfo.InvariantCulture)).Within();
        Assert.Equal("", await LineAsync(stream));
        Assert.Equal("END", await LineAsync(stream));
        return value;
    }


    private static async Task<string> LineAsync(ConnectionStream stream) =>
        await stream.ReadLineAsync(Encoding.ASCII).Within() ?? throw new EndOfStreamException("memcached ended the connection.");

    private Task TalkAsync(Func<ConnectionStream, Task> talk) => RunAsync((stream, _) => talk(stream));

    private Task RunAsync(Func<ConnectionStream, Peer, Task> test) => new Memcached().RunAsync(network, async (place, server) =>
    {
        await using var stream = await OurClient.ConnectAsync(place);
        await stream.WriteAsync("verbosity 0\r\n"u8).Within(); // Its log of every request would be part of a failure.
        Assert.Equal("OK", await LineAsync(stream));
        await test(stream, server);
    });
}

public sealed class MemcachedOverTcp() : MemcachedTests(Network.Tcp);

public sealed class MemcachedOverUnix() : MemcachedTests(Network.Unix);
