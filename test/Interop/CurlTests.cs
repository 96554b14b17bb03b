namespace Kestrel.Streams.Tests;

/// <summary>curl and a handler of ours that speaks HTTP in lines.</summary>
public sealed class CurlTests
{
    public static TheoryData<Network, string> Kinds => new MatrixTheoryData<Network, string>([Network.Tcp, Network.Unix], ["1.0", "1.1"]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_gets_what_it_asks_for(Network network, string version) =>
        Assert.Equal($"GET /some/where?x=1 HTTP/{version}\n", Samples.Text(await CurlAsync(network, [$"--http{version}"], "/some/where?x=1")));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_it_posts_comes_back_to_the_byte(Network network, string version)
    {
        byte[] body = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. Samples.Random(5 * Samples.Mebibyte)];
        var back = await CurlAsync(network, [$"--http{version}", "--data-binary", "@-"], "/", body);
        Assert.Equal(body.Length, back.Length);
        Assert.Equal(Samples.Sha256(body), Samples.Sha256(back));
    }

    [Theory]
    [InlineData(Network.Tcp)]
    [InlineData(Network.Unix)]
    public async Task Many_requests_use_one_connection(Network network)
    {
        var connections = 0;
        var answers = Samples.Text(await CurlAsync(
            network,
            ["--http1.1"],
            "/[1-100]",
            handler: stream =>
            {
                Interlocked.Increment(ref connections);
                return HttpHandler.HandleAsync(stream);
            }));
        Assert.Equal(string.Concat(Enumerable.Range(1, 100).Select(i => $"GET /{i} HTTP/1.1\n")), answers);
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task An_answer_that_we_abort_is_cut_and_not_an_end_to_it()
    {
        using var place = new Place(Network.Tcp);
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            await stream.ReadUntilAsync("\r\n\r\n"u8).Within();
            await stream.WriteAsync("HTTP/1.0 200 OK\r\n\r\nthis is not a"u8).Within();
            throw new InvalidOperationException("The handler fails, as the test wants.");
        });
        await using var curl = Start(place, ["--http1.0"], "/");
        await curl.ReadToEndAsync();
        Assert.Equal(ReceivingFailed, await curl.EndAsync());
    }

    private const int ReceivingFailed = 56;

    private static async Task<byte[]> CurlAsync(
        Network network, string[] options, string path, byte[]? body = null, Func<ConnectionStream, Task>? handler = null)
    {
        using var place = new Place(network);
        await using var server = await OurServer.StartAsync(place, handler ?? HttpHandler.HandleAsync);
        await using var curl = Start(place, options, path);
        try
        {
            var sent = curl.SendAllAsync(body);
            var answer = await curl.ReadToEndAsync();
            await sent;
            await curl.SucceedAsync();
            return answer;
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{await curl.TellAsync()}", error);
        }
    }

    private static Peer Start(Place place, string[] options, string path)
    {
        string[] address = place.Network == Network.Unix
            ? ["--unix-socket", place.Path, $"http://localhost{path}"]
            : [$"http://127.0.0.1:{place.Port}{path}"];
        return Peer.Start("curl", ["--silent", "--show-error", "--max-time", "30", "--noproxy", "*", .. options, .. address]);
    }
}
