using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The phases of a close over TLS, where an end is clean only when it is said by close_notify.</summary>
public class TlsStoppingTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    public static TheoryData<bool> TcpAndUnix => AnyServer.TcpAndUnix;

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_handler_sees_the_end_and_its_last_answer_arrives_with_a_clean_end(bool unix)
    {
        await using var server = Server(unix, async (stream, _) =>
        {
            await Talk.EchoAsync(stream);
            await stream.WriteAsync("bye\n");
        });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectTlsAsync();
        await client.HearsItselfAsync();

        await server.CloseAsync().Within();

        Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task What_is_cut_when_the_time_is_over_does_not_look_whole(bool unix)
    {
        await using var server = Server(unix, (stream, _) => stream.WaitClosedAsync(), TimeSpan.FromSeconds(0.3));
        await using var client = await StartAsync(server);

        await server.CloseAsync().Within();

        await IsCutAsync(client);
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task An_abort_does_not_look_like_an_end(bool unix)
    {
        await using var server = Server(unix, async (stream, _) => await Talk.EchoAsync(stream), Timeout.InfiniteTimeSpan);
        await using var client = await StartAsync(server);
        await client.HearsItselfAsync();

        await server.AbortAsync().Within();

        await IsCutAsync(client);
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_handler_that_ignores_everything_is_left_behind()
    {
        var release = new Signal();
        await using var server = Server(unix: false, (_, _) => release.Task, TimeSpan.FromSeconds(0.3));
        await using var client = await StartAsync(server);

        await server.CloseAsync().Within();

        Assert.Contains("ignores the stop", Assert.Single(_log.Complaints).Message, StringComparison.Ordinal);
        await IsCutAsync(client);
        release.Set();
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_stalled_handshake_is_cut_when_the_time_is_over(bool unix)
    {
        await using var server = Server(
            unix, (stream, _) => Talk.EchoAsync(stream), TimeSpan.FromSeconds(0.3), handshakeTimeout: Timeout.InfiniteTimeSpan);
        await using var stalled = await StalledAsync(server);

        await server.CloseAsync().Within();

        await stalled.IsOverAsync();
        AssertCutQuietly();
    }

    [Fact]
    public async Task With_no_time_at_all_a_stalled_handshake_is_cut_at_once()
    {
        await using var server = Server(
            unix: false, (stream, _) => Talk.EchoAsync(stream), TimeSpan.Zero, handshakeTimeout: Timeout.InfiniteTimeSpan);
        await using var stalled = await StalledAsync(server);

        await server.CloseAsync().Within();

        await stalled.IsOverAsync();
        AssertCutQuietly();
    }

    [Fact]
    public async Task Without_a_limit_the_close_waits_for_the_end_of_a_handshake_as_for_a_handler()
    {
        await using var server = Server(
            unix: false, (stream, _) => Talk.EchoAsync(stream), Timeout.InfiniteTimeSpan, handshakeTimeout: TimeSpan.FromSeconds(2));
        await using var stalled = await StalledAsync(server);

        await server.CloseAsync().Within();

        await stalled.IsOverAsync();
        // It was the timeout that ended it, and not the stop.
        Assert.Contains("longer than 2 seconds", Assert.Single(_log.Told()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_ends_after_the_stop_leads_to_a_handler_that_can_still_say_goodbye()
    {
        var stopped = new Signal();
        await using var server = Server(unix: false, async (stream, _) =>
        {
            await stream.ReadToEndAsync();
            stopped.Set();
            await stream.WriteAsync("bye\n");
        });
        await using var first = await StartAsync(server);
        await using var late = await server.ConnectAsync();
        await _log.FirstAsync(HasStarted(2)).Within();
        var close = server.CloseAsync();
        await stopped.Task.Within();

        await late.StartTlsAsync(TlsTalk.ClientOptions()).Within();

        Assert.Equal("bye\n", await late.HearAllAsync());
        Assert.Equal("bye\n", await first.HearAllAsync());
        await close.Within();
        Assert.Empty(_log.Told());
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_closed_server_serves_again(bool unix)
    {
        await using var server = Server(unix, (stream, _) => Talk.EchoAsync(stream));
        for (var round = 0; round < 3; round++)
        {
            await server.StartServingAsync().Within();
            await using var client = await server.ConnectTlsAsync();
            await client.HearsItselfAsync();
            await server.CloseAsync().Within();
            Assert.Equal("", await client.HearAllAsync());
        }
    }

    private static async Task IsCutAsync(ConnectionStream client)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => client.ReadToEndAsync().Within());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>A peer that is accepted, and says nothing.</summary>
    private async Task<ConnectionStream> StalledAsync(StreamServerBase server)
    {
        await server.StartServingAsync().Within();
        var stalled = await server.ConnectAsync();
        // Kestrel has begun with it: a peer that still waits to be accepted is not waited for.
        await _log.FirstAsync(HasStarted(1)).Within();
        return stalled;
    }

    private static Func<LogEntry, bool> HasStarted(int connections) =>
        entry => entry.Message.EndsWith("started.", StringComparison.Ordinal) && --connections == 0;

    private async Task<ConnectionStream> StartAsync(StreamServerBase server)
    {
        await server.StartServingAsync().Within();
        var client = await server.ConnectTlsAsync();
        await _entrance.Entered;
        return client;
    }

    private void AssertCutQuietly()
    {
        Assert.Empty(_log.Told());
        Assert.Empty(_log.Complaints);
        var cut = Assert.Single(_log.OfServer, static entry => entry.Message.Contains("was cut because the server stops", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Debug, cut.Level);
    }

    private StreamServerBase Server(
        bool unix, Func<ConnectionStream, CancellationToken, Task> serve, TimeSpan? shutdownTimeout = null, TimeSpan? handshakeTimeout = null)
    {
        var options = TlsTalk.ServerOptions(_log);
        if (shutdownTimeout is { } wait) options.ShutdownTimeout = wait;
        if (handshakeTimeout is { } limit) options.HandshakeTimeout = limit;
        return AnyServer.Of(unix, _entrance.Of(serve), options);
    }
}
