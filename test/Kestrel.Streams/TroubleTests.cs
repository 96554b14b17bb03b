using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Handlers that will not end, at a close that allows 0.3 seconds where nobody needs more: the close always ends.</summary>
public class TroubleTests
{
    // For who ends, however late the machine lets it.
    private static readonly TimeSpan _enough = TimeSpan.FromSeconds(30);

    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();
    private readonly Signal _release = new();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_throws_at_the_stop_is_an_error_and_the_close_ends(bool unix)
    {
        await using var server = Server(unix, async (stream, stopping) =>
        {
            await stream.ReadToEndAsync();
            throw new InvalidOperationException("at the stop");
        }, _enough);
        await using var client = await _entrance.StartAsync(server);

        await CloseInTimeAsync(server);

        var complaint = Assert.Single(_log.Complaints);
        Assert.Equal("at the stop", complaint.Error!.Message);
        await client.IsOverAsync();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_never_ends_is_logged_by_name_and_connection_and_left_behind(bool unix)
    {
        await using var server = AnyServer.Of(unix, NeverEndAsync, Options());
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;

        await CloseInTimeAsync(server);

        var complaint = Assert.Single(_log.Complaints);
        Assert.Equal(LogLevel.Error, complaint.Level);
        Assert.Contains($"{typeof(TroubleTests)}.{nameof(NeverEndAsync)}", complaint.Message, StringComparison.Ordinal);
        Assert.Contains(stream.Id, complaint.Message, StringComparison.Ordinal);
        Assert.Contains("ignores the stop", complaint.Message, StringComparison.Ordinal);
        await client.IsOverAsync();
        _release.Set();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_ignores_cancellation_and_blocks_its_thread_does_not_keep_the_close(bool unix)
    {
        using var gate = new ManualResetEventSlim();
        await using var server = Server(unix, (_, _) =>
        {
            gate.Wait();
            return Task.CompletedTask;
        });
        await using var client = await _entrance.StartAsync(server);

        await CloseInTimeAsync(server);

        Assert.Single(_log.Complaints);
        gate.Set();
        await client.IsOverAsync();
        await AllHaveEndedAsync();
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_handler_that_swallows_what_wakes_it_is_left_behind(bool unix)
    {
        await using var server = Server(unix, async (stream, _) =>
        {
            while (!_release.Task.IsCompleted)
            {
                try
                {
                    await stream.ReadLineAsync();
                }
                catch (ObjectDisposedException)
                {
                    await _release.Task;
                }
            }
        });
        await using var client = await _entrance.StartAsync(server);

        await CloseInTimeAsync(server);

        Assert.Single(_log.Complaints);
        _release.Set();
    }

    /// <summary>Neither that time nor the abort gives them any.</summary>
    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task With_no_time_at_all_a_handler_that_ignores_the_abort_is_left_behind(bool unix)
    {
        await using var server = Server(unix, (_, _) => _release.Task, TimeSpan.Zero);
        await using var client = await _entrance.StartAsync(server);

        await CloseInTimeAsync(server);

        Assert.Contains("ignores the stop", Assert.Single(_log.Complaints).Message, StringComparison.Ordinal);
        await client.IsOverAsync();
        _release.Set();
    }

    [Fact]
    public async Task Without_a_limit_an_abort_ends_the_close_although_a_handler_ignores_that_too()
    {
        await using var server = Server(unix: false, (_, _) => _release.Task, Timeout.InfiniteTimeSpan);
        await using var client = await _entrance.StartAsync(server);
        var close = server.CloseAsync();

        await server.AbortAsync().Within();
        await close.Within();

        Assert.False(server.IsBound);
        Assert.Contains("ignores the stop", Assert.Single(_log.Complaints).Message, StringComparison.Ordinal);
        _release.Set();
    }

    [Fact]
    public async Task What_throws_at_the_sign_to_stop_is_logged_and_disturbs_no_other_connection()
    {
        await using var server = Server(unix: false, (stream, stopping) => GreetAndLeaveAsync(
            stream, static () => throw new InvalidOperationException("from a callback"), stopping), _enough);
        var clients = await VisitAsync(server, 4);

        await CloseInTimeAsync(server);

        foreach (var client in clients) Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Equal(4, _log.Complaints.Count);
        Assert.All(_log.Complaints, static complaint =>
        {
            Assert.Equal(LogLevel.Error, complaint.Level);
            Assert.Equal("from a callback", complaint.Error!.GetBaseException().Message);
        });
    }

    [Fact]
    public async Task What_blocks_at_the_sign_to_stop_disturbs_no_other_connection()
    {
        var first = 0;
        using var gate = new ManualResetEventSlim();
        await using var server = Server(unix: false, (stream, stopping) => GreetAndLeaveAsync(
            stream, Interlocked.Increment(ref first) == 1 ? gate.Wait : static () => { }, stopping), _enough);
        var clients = await VisitAsync(server, 4);

        var close = server.CloseAsync();
        foreach (var client in clients[1..]) Assert.Equal("bye\n", await client.HearAllAsync());
        // Only the one that blocks is left.
        await server.AbortAsync().Within();
        await close.Within();

        Assert.Single(_log.Complaints);
        gate.Set();
        await AllHaveEndedAsync();
    }

    [Fact]
    public async Task Who_was_left_behind_is_not_waited_for_nor_reported_again()
    {
        await using var server = Server(unix: false, async (stream, _) =>
        {
            if (await stream.ReadLineAsync() is [(byte)'s', ..])
            {
                await stream.WriteAsync("stubborn\n");
                await _release.Task;
            }
            else
            {
                await stream.WaitClosedAsync();
            }
        });
        await server.StartServingAsync().Within();
        await using var stubborn = await server.ConnectAsync();
        await stubborn.WriteAsync("s\n").Within();
        await stubborn.HearLineAsync();
        await server.CloseAsync().Within();
        Assert.Single(_log.Complaints);

        await server.StartServingAsync().Within();
        await using var other = await server.ConnectAsync();
        await other.WriteAsync("o\n").Within();
        await server.AbortAsync().Within();

        Assert.Single(_log.Complaints);
        _release.Set();
    }

    private static async Task GreetAndLeaveAsync(ConnectionStream stream, Action atTheStop, CancellationToken stopping)
    {
        var struck = new Signal();
        await using var registration = stopping.Register(() =>
        {
            struck.Set();
            atTheStop();
        });
        await stream.WriteAsync("hello\n");
        await stream.ReadToEndAsync();
        await struck.Task;
        await stream.WriteAsync("bye\n");
    }

    private static async Task<ConnectionStream[]> VisitAsync(StreamServerBase server, int count)
    {
        await server.StartServingAsync().Within();
        var clients = new ConnectionStream[count];
        for (var i = 0; i < count; i++)
        {
            clients[i] = await server.ConnectAsync();
            Assert.Equal("hello\n", await clients[i].HearLineAsync());
        }

        return clients;
    }

    private static async Task CloseInTimeAsync(StreamServerBase server)
    {
        var clock = Stopwatch.StartNew();
        await server.CloseAsync().Within();
        // 0.6 s by the rule; the rest is for a busy machine.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"The close took {clock.Elapsed}.");
        Assert.False(server.IsBound);
    }

    private StreamServerBase Server(bool unix, Func<ConnectionStream, CancellationToken, Task> serve, TimeSpan? shutdownTimeout = null) =>
        AnyServer.Of(unix, _entrance.Of(serve), Options(shutdownTimeout));

    private StreamServerOptions Options(TimeSpan? shutdownTimeout = null) =>
        new() { ShutdownTimeout = shutdownTimeout ?? TimeSpan.FromSeconds(0.3), LoggerFactory = _log.Factory };

    private Task NeverEndAsync(ConnectionStream stream, CancellationToken stopping) => _entrance.Of((_, _) => _release.Task)(stream, stopping);

    /// <summary>The connection that was left behind ends when its handler does: Kestrel says so.</summary>
    private Task<LogEntry> AllHaveEndedAsync() =>
        _log.FirstAsync(static entry => entry.Message.Contains("stopped", StringComparison.Ordinal)).Within();
}
