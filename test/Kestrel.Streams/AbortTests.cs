namespace Kestrel.Streams.Tests;

public class AbortTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    [Fact]
    public async Task An_abort_wakes_blocked_handlers_and_resets_their_peers()
    {
        var woken = new Signal<Exception>();
        await using var server = Server(
            async (stream, _) =>
            {
                try
                {
                    // A peer that does not read: no graceful end could wake this.
                    while (true) await stream.WriteAsync(new byte[64 * 1024]);
                }
                catch (ObjectDisposedException e)
                {
                    woken.Set(e);
                    throw;
                }
            });
        await using var client = await _entrance.StartAsync(server);

        await server.AbortAsync().Within();

        Assert.False(server.IsBound);
        Assert.True(woken.Task.IsCompleted);
        await client.SeesResetAsync();
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_reads_sees_the_abort_and_no_end(bool unix)
    {
        var seen = new Signal<Exception?>();
        await using var server = AnyServer.Of(
            unix,
            _entrance.Of(async (stream, _) => seen.Set(await Record.ExceptionAsync(() => stream.ReadLineAsync().AsTask()))),
            new StreamServerOptions { LoggerFactory = _log.Factory, ShutdownTimeout = Timeout.InfiniteTimeSpan });
        await using var client = await _entrance.StartAsync(server);

        await server.AbortAsync().Within();

        Assert.IsType<ObjectDisposedException>(await seen.Task.Within());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task Aborting_a_closed_server_does_nothing()
    {
        var server = Server((stream, _) => Talk.EchoAsync(stream));

        await server.AbortAsync().Within();
        await server.StartServingAsync().Within();
        await server.CloseAsync().Within();
        await server.AbortAsync().Within();

        Assert.False(server.IsBound);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task An_aborted_server_serves_again(bool unix)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), new StreamServerOptions());
        for (var round = 0; round < 5; round++)
        {
            await server.StartServingAsync().Within();
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync();
            await server.AbortAsync().Within();
            await client.IsOverAsync();
        }
    }

    [Fact]
    public async Task An_abort_cuts_short_a_close_that_waits()
    {
        var stopping = new Signal();
        var server = Server(
            async (stream, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await stream.WaitClosedAsync();
            });
        var client = await _entrance.StartAsync(server);
        var close = server.CloseAsync();
        await stopping.Task.Within();
        try
        {
            await server.AbortAsync().Within(TimeSpan.FromSeconds(10));
            await close.Within();
            await client.SeesResetAsync();
        }
        finally
        {
            // Without the peer the close ends in any case, and no server outlives the test.
            await client.AbortAsync().Within();
        }
    }

    [Fact]
    public async Task A_second_close_that_is_cancelled_cuts_short_the_first()
    {
        using var hurry = new CancellationTokenSource();
        var stopping = new Signal();
        var server = Server(
            async (stream, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await stream.WaitClosedAsync();
            });
        var client = await _entrance.StartAsync(server);
        var first = server.CloseAsync();
        await stopping.Task.Within();
        var second = server.CloseAsync(hurry.Token);
        try
        {
            await hurry.CancelAsync();
            await second.Within(TimeSpan.FromSeconds(10));
            await first.Within();
        }
        finally
        {
            await client.AbortAsync().Within();
        }
    }

    private StreamServer Server(Func<ConnectionStream, CancellationToken, Task> serve) =>
        new(_entrance.Of(serve), "127.0.0.1", options: new StreamServerOptions { ShutdownTimeout = Timeout.InfiniteTimeSpan, LoggerFactory = _log.Factory });
}
