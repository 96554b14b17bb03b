using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public class CloseTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    [Fact]
    public async Task A_close_waits_for_the_handlers()
    {
        var stopping = new Signal();
        var release = new Signal();
        await using var server = Server(
            async (stream, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
                await stream.WriteAsync("done\n");
            });
        await using var client = await _entrance.StartAsync(server);

        var close = server.CloseAsync();
        await stopping.Task.Within();
        Assert.False(close.IsCompleted);
        release.Set();
        await close.Within();

        Assert.Equal("done\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task From_the_stop_on_nobody_is_accepted_while_handlers_still_run()
    {
        var stopping = new Signal();
        var release = new Signal();
        await using var server = Server(
            async (_, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
            });
        await using var client = await _entrance.StartAsync(server);
        var endPoint = server.EndPoints[0];
        var close = server.CloseAsync();
        await stopping.Task.Within();

        Assert.False(server.IsServing);
        await Talk.RefusesAsync(endPoint);

        release.Set();
        await close.Within();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task When_the_time_is_over_the_connections_are_aborted(bool unix)
    {
        var ended = new Signal();
        await using var server = AnyServer.Of(
            unix,
            _entrance.Of(async (stream, _) =>
            {
                await stream.WaitClosedAsync();
                ended.Set();
            }),
            new StreamServerOptions { ShutdownTimeout = TimeSpan.FromSeconds(0.3), LoggerFactory = _log.Factory });
        await using var client = await _entrance.StartAsync(server);

        await server.CloseAsync().Within();

        Assert.True(ended.Task.IsCompleted);
        // A Unix socket has no reset.
        if (unix) await client.IsOverAsync();
        else await client.SeesResetAsync();
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_handler_that_returns_in_time_is_not_cut_by_one_that_does_not()
    {
        using var timeIsOver = new CancellationTokenSource();
        await using var server = Server(
            async (stream, _) =>
            {
                if (await stream.ReadLineAsync() is [(byte)'s', ..])
                {
                    await stream.WriteAsync("slow\n");
                    await stream.WaitClosedAsync();
                    return;
                }

                await stream.WriteAsync("quick\n");
                await stream.ReadLineAsync();
                await stream.WriteAsync("bye\n");
            },
            Timeout.InfiniteTimeSpan);
        await server.StartServingAsync().Within();
        await using var quick = await server.ConnectAsync();
        await using var slow = await server.ConnectAsync();
        await quick.WriteAsync("q\n").Within();
        await slow.WriteAsync("s\n").Within();
        Assert.Equal("quick\n", await quick.HearLineAsync());
        Assert.Equal("slow\n", await slow.HearLineAsync());

        var close = server.CloseAsync(timeIsOver.Token);
        Assert.Equal("bye\n", await quick.HearAllAsync());
        await timeIsOver.CancelAsync();

        await close.Within();
        await slow.SeesResetAsync();
    }

    [Fact]
    public async Task A_cancelled_close_aborts_the_rest_and_goes_on_to_its_end()
    {
        using var hurry = new CancellationTokenSource();
        var stopping = new Signal();
        await using var server = Server(
            async (stream, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await stream.WaitClosedAsync();
            },
            Timeout.InfiniteTimeSpan);
        await using var client = await _entrance.StartAsync(server);
        var close = server.CloseAsync(hurry.Token);
        await stopping.Task.Within();
        Assert.False(close.IsCompleted);

        await hurry.CancelAsync();
        await close.Within();

        Assert.False(server.IsBound);
        await client.SeesResetAsync();
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_makes_the_close_an_abort()
    {
        await using var server = Server((stream, _) => stream.WaitClosedAsync(), Timeout.InfiniteTimeSpan);
        await using var client = await _entrance.StartAsync(server);

        await server.CloseAsync(new CancellationToken(canceled: true)).Within();

        Assert.False(server.IsBound);
        await client.IsOverAsync();
    }

    [Fact]
    public async Task Without_a_limit_the_close_waits_as_long_as_it_takes()
    {
        var stopping = new Signal();
        var release = new Signal();
        await using var server = Server(
            async (_, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
            },
            Timeout.InfiniteTimeSpan);
        await using var client = await _entrance.StartAsync(server);
        var close = server.CloseAsync();
        await stopping.Task.Within();

        release.Set();
        await close.Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Fact]
    public async Task The_longest_time_a_timer_can_count_is_fine()
    {
        await using var server = Server((stream, _) => Talk.ListenAsync(stream), TimeSpan.FromMilliseconds(uint.MaxValue - 1));
        await using var client = await _entrance.StartAsync(server);

        await server.CloseAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Fact]
    public async Task With_no_time_at_all_handlers_that_heed_the_abort_are_not_reported()
    {
        await using var server = Server((stream, _) => stream.WaitClosedAsync(), TimeSpan.Zero);
        await using var client = await _entrance.StartAsync(server);

        await server.CloseAsync().Within();

        await client.IsOverAsync();
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task Closing_a_server_that_was_never_bound_does_nothing()
    {
        var server = Server((stream, _) => Talk.EchoAsync(stream));

        await server.CloseAsync().Within();
        await server.DisposeAsync().Within();

        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Closing_again_does_nothing()
    {
        var server = Server((stream, _) => Talk.EchoAsync(stream));
        await server.StartServingAsync().Within();

        await server.CloseAsync().Within();
        await server.CloseAsync().Within();

        Assert.Single(_log.OfServer, entry => entry.Message.StartsWith("Server StreamServer has closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposing_closes()
    {
        var server = Server((stream, _) => Talk.EchoAsync(stream));
        await using var client = await _entrance.StartAsync(server);
        var endPoint = server.EndPoints[0];
        await client.HearsItselfAsync();

        await server.DisposeAsync().Within();

        Assert.False(server.IsBound);
        Assert.Equal("", await client.HearAllAsync());
        await Talk.RefusesAsync(endPoint);
    }

    [Fact]
    public async Task The_close_tells_how_many_were_cut()
    {
        await using var server = Server((stream, _) => Talk.EchoAsync(stream));
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await two.HearsItselfAsync();

        await server.CloseAsync().Within();

        var entry = Assert.Single(_log.OfServer, entry => entry.Message.StartsWith("Server StreamServer has closed", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, entry.Level);
        Assert.Equal("Server StreamServer has closed: 2 connections finished, 0 were cut.", entry.Message);
    }

    private StreamServer Server(Func<ConnectionStream, CancellationToken, Task> serve, TimeSpan? shutdownTimeout = null) =>
        new(_entrance.Of(serve), "127.0.0.1", options: new StreamServerOptions
        {
            ShutdownTimeout = shutdownTimeout ?? TimeSpan.FromSeconds(60),
            LoggerFactory = _log.Factory,
        });
}
