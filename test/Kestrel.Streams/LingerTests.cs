using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A server that answers before it has read everything: a careless close would reset the connection and destroy the answer.</summary>
public class LingerTests
{
    private readonly Entrance _entrance = new();
    private readonly Signal _go = new();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task The_peer_gets_the_whole_answer_although_nobody_reads_what_it_sends(bool unix)
    {
        var answer = new string('x', 1 << 20);
        await using var server = Server(unix, answer);
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync(new byte[100_000]).Within();
        _go.Set();

        Assert.Equal(answer, await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_peer_that_sends_until_the_answer_comes_gets_it_too(bool unix)
    {
        await using var server = Server(unix, "enough\n");
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync(new byte[100_000]).Within();
        _go.Set();

        // The server throws away what still comes, for a while.
        var sending = SendAsync(client, 1 << 20);
        Assert.Equal("enough\n", Encoding.UTF8.GetString(await client.ReadToEndAsync().Within()));
        await client.CloseAsync().Within();
        await sending.Within();
    }

    [Fact]
    public async Task The_stream_is_released_when_the_peer_ends()
    {
        await using var server = Server(unix: false, "answer\n");
        var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;
        await client.WriteAsync(new byte[100_000]).Within();
        _go.Set();
        Assert.Equal("answer\n", await client.HearAllAsync());

        await client.CloseAsync().Within();

        await stream.WaitClosedAsync().Within();
        Assert.True(stream.Socket!.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task The_stream_is_released_although_the_peer_stays()
    {
        await using var server = Server(unix: false, "answer\n");
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;
        await client.WriteAsync(new byte[100_000]).Within();
        _go.Set();

        await stream.WaitClosedAsync().Within();

        Assert.True(stream.Socket!.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task A_close_of_the_server_ends_although_a_socket_lingers()
    {
        var server = Server(unix: false, "answer\n");
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync(new byte[100_000]).Within();
        _go.Set();
        Assert.Equal("answer\n", await client.HearAllAsync());

        await server.CloseAsync().Within();

        Assert.False(server.IsBound);
    }

    private static async Task SendAsync(ConnectionStream client, int count)
    {
        try
        {
            for (; count > 0; count -= 64 * 1024) await client.WriteAsync(new byte[64 * 1024]);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The answer has come and the connection is over.
        }
    }

    /// <summary>Answers when it is told to, without having read a byte.</summary>
    private StreamServerBase Server(bool unix, string answer) => AnyServer.Of(
        unix,
        _entrance.Of(async (stream, _) =>
        {
            await _go.Task;
            await stream.WriteAsync(answer);
        }),
        new StreamServerOptions());
}
