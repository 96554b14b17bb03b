using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>What a handler sees of a close, and what its peer still gets.</summary>
public class StoppingTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();
    private readonly Signal _stopping = new();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_reads_what_is_buffered_and_then_the_end_and_writes_its_last_answer(bool unix)
    {
        var ready = new Signal();
        var heard = new Signal<string>();
        await using var server = Server(unix, async (stream, stopping) =>
        {
            var all = new StringBuilder(await stream.ReadLineAsync(Encoding.UTF8));
            ready.Set();
            await StopOf(stopping);
            await foreach (var line in stream.ReadLinesAsync()) all.Append('|').Append(Encoding.UTF8.GetString(line));
            heard.Set(all.ToString());
            await stream.WriteAsync("bye\n");
        });
        await using var client = await _entrance.StartAsync(server);
        // One packet: all of it is in the stream's buffer when the first line is read.
        await client.WriteAsync("one\ntwo\nthr").Within();
        await ready.Task.Within();

        await server.CloseAsync().Within();

        Assert.Equal("one|two\n|thr", await heard.Task.Within());
        Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_big_last_answer_arrives_whole(bool unix)
    {
        var answer = new string('x', 4 << 20);
        await using var server = Server(unix, async (stream, stopping) =>
        {
            await StopOf(stopping);
            await stream.WriteAsync(answer);
        });
        await using var client = await _entrance.StartAsync(server);

        var close = server.CloseAsync();
        await _stopping.Task.Within();

        Assert.Equal(answer, await client.HearAllAsync());
        await close.Within();
    }

    [Fact]
    public async Task A_last_answer_arrives_whole_although_the_peer_goes_on_talking()
    {
        var answer = new string('x', 1 << 20);
        await using var server = Server(unix: false, async (stream, stopping) =>
        {
            await StopOf(stopping);
            await stream.WriteAsync(answer);
        });
        await using var client = await _entrance.StartAsync(server);
        // Nobody reads it any more: a socket closed with this in it would send a reset and destroy the answer.
        await client.WriteAsync(new byte[100_000]).Within();

        var close = server.CloseAsync();

        Assert.Equal(answer, await client.HearAllAsync());
        await client.CloseAsync().Within();
        await close.Within();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_read_that_waits_sees_the_end(bool unix)
    {
        var heard = new Signal<int>();
        await using var server = Server(unix, async (stream, _) =>
        {
            await stream.WriteAsync("ready\n");
            heard.Set((await stream.ReadLineAsync()).Length);
        });
        await using var client = await _entrance.StartAsync(server);
        Assert.Equal("ready\n", await client.HearLineAsync());

        await server.CloseAsync().Within();

        Assert.Equal(0, await heard.Task.Within());
        Assert.Equal("", await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_reads_with_the_sign_to_stop_ends_without_an_error(bool unix)
    {
        await using var server = Server(unix, async (stream, stopping) =>
        {
            while (await stream.ReadLineAsync(stopping) is { Length: > 0 } line) await stream.WriteAsync(line);
        });
        await using var client = await _entrance.StartAsync(server);
        await client.WriteAsync("hello\n").Within();
        Assert.Equal("hello\n", await client.HearLineAsync());

        await server.CloseAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_cancellation_by_the_stop_is_logged_at_Debug()
    {
        await using var server = Server(unix: false, async (_, stopping) => await new TaskCompletionSource().Task.WaitAsync(stopping));
        await using var client = await _entrance.StartAsync(server);

        await server.CloseAsync().Within();

        var entry = Assert.Single(_log.OfServer, static entry => entry.Error is OperationCanceledException);
        Assert.Equal(LogLevel.Debug, entry.Level);
        Assert.Equal("", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    /// <summary>The end of the input that the record misses is our own doing.</summary>
    [Theory]
    [InlineData("exactly", "")]
    [InlineData("exactly", "pa")]
    [InlineData("until", "")]
    [InlineData("until", "pa")]
    public async Task A_record_that_the_stop_cuts_is_no_error(string how, string part)
    {
        await using var server = Server(unix: false, async (stream, _) =>
        {
            if (part.Length > 0) await stream.ReadExactlyAsync(1);
            await stream.WriteAsync("ready\n");
            if (how == "exactly") await stream.ReadExactlyAsync(10);
            else await stream.ReadUntilAsync("\r\n"u8);
        });
        await using var client = await _entrance.StartAsync(server);
        if (part.Length > 0) await client.WriteAsync(part).Within();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await server.CloseAsync().Within();

        await client.IsOverAsync();
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task The_sign_to_stop_does_not_come_when_a_peer_goes()
    {
        var gone = new Signal<bool>();
        await using var server = Server(unix: false, async (stream, stopping) =>
        {
            await stream.ReadToEndAsync();
            gone.Set(stopping.IsCancellationRequested);
        });
        await using (var client = await _entrance.StartAsync(server)) await client.WriteEofAsync().Within();

        Assert.False(await gone.Task.Within());
    }

    [Fact]
    public async Task A_connection_that_is_idle_does_not_keep_the_close()
    {
        await using var server = Server(unix: false, (stream, _) => Talk.EchoAsync(stream));
        await using var first = await _entrance.StartAsync(server);
        var idle = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(idle.Select(client => client.HearsItselfAsync()));

        await server.CloseAsync().Within();

        foreach (var client in idle) Assert.Equal("", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    private StreamServerBase Server(bool unix, Func<ConnectionStream, CancellationToken, Task> serve) =>
        AnyServer.Of(unix, _entrance.Of(serve), new StreamServerOptions { LoggerFactory = _log.Factory });

    private async Task StopOf(CancellationToken stopping)
    {
        await using var registration = stopping.Register(_stopping.Set);
        await _stopping.Task;
    }
}
