using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The three forms of the callback, over TCP and over a Unix socket.</summary>
public sealed class CallbackTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly LogCapture _log = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_may_take_the_stream_alone(bool unix)
    {
        await using StreamServerBase server = unix
            ? new UnixStreamServer(Talk.EchoAsync, _directory["s"], Options())
            : new StreamServer(Talk.EchoAsync, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();

        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_may_take_the_sign_to_stop_as_well(bool unix)
    {
        Func<ConnectionStream, CancellationToken, Task> serve = async (stream, stopping) =>
        {
            await stream.WriteAsync("ready\n");
            var stopped = new Signal();
            await using var registration = stopping.Register(stopped.Set);
            await stopped.Task;
            await stream.WriteAsync("stopped\n");
        };
        await using StreamServerBase server = unix
            ? new UnixStreamServer(serve, _directory["s"], Options())
            : new StreamServer(serve, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await server.CloseAsync().Within();

        Assert.Equal("stopped\n", await client.HearAllAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_plain_callable_the_stream_stays_open_until_somebody_closes_it(bool unix)
    {
        var connected = new Signal<ConnectionStream>();
        await using StreamServerBase server = unix
            ? UnixStreamServer.FromCallback(connected.Set, _directory["s"], Options())
            : StreamServer.FromCallback(connected.Set, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        var stream = await connected.Task.Within();

        // The callable has returned long ago; a round trip each way shows that nobody closes the stream behind it.
        await client.WriteAsync("question\n").Within();
        Assert.Equal("question\n", await stream.HearLineAsync());
        await stream.WriteAsync("answer\n").Within();
        Assert.Equal("answer\n", await client.HearLineAsync());
        await stream.CloseAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_a_plain_callable_throws_its_connection_is_aborted_and_logged(bool unix)
    {
        var failure = new InvalidOperationException("from the callable");
        Action<ConnectionStream> throws = stream =>
        {
            while (stream.ReadByte() != '\n') continue;
            throw failure;
        };
        await using StreamServerBase server = unix
            ? UnixStreamServer.FromCallback(throws, _directory["s"], Options())
            : StreamServer.FromCallback(throws, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();

        await client.ProvokeAsync();
        if (unix) await client.IsOverAsync();
        else await client.SeesResetAsync();

        var entry = await _log.FirstAsync(static entry => entry.Level == LogLevel.Error).Within();
        Assert.Same(failure, entry.Error);
    }

    [Fact]
    public async Task The_stream_of_a_plain_callable_counts_as_running_until_it_is_closed()
    {
        var connected = new Signal<ConnectionStream>();
        await using var server = StreamServer.FromCallback(connected.Set, "127.0.0.1", 0, Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        var stream = await connected.Task.Within();

        var close = server.CloseAsync();
        // The close ends its input, and waits for it.
        Assert.Equal("", Encoding.UTF8.GetString(await stream.ReadToEndAsync().Within()));
        Assert.False(close.IsCompleted);
        await stream.WriteAsync("bye\n").Within();
        await stream.CloseAsync().Within();

        await close.Within();
        Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_handler_may_close_its_stream_itself()
    {
        await using var server = new StreamServer(
            async stream =>
            {
                await stream.WriteAsync("bye\n");
                await stream.CloseAsync();
            },
            "127.0.0.1",
            options: Options());
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();

        Assert.Equal("bye\n", await client.HearAllAsync());
        await server.CloseAsync().Within();
        Assert.Empty(_log.Complaints);
    }

    private StreamServerOptions Options() => new() { LoggerFactory = _log.Factory };
}
