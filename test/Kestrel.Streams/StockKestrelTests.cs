using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The same handler on the Kestrel of a web application, whose connections are pipes.</summary>
public class StockKestrelTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    public static TheoryData<bool> TcpAndUnix => AnyServer.TcpAndUnix;

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task It_echoes_lines(bool unix)
    {
        await using var kestrel = await StartAsync(unix, (stream, _) => Talk.EchoAsync(stream));
        await using var client = await kestrel.ConnectAsync();

        await client.HearsItselfAsync("hello");
        await client.HearsItselfAsync("again");
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task One_handler_serves_many_connections_at_once(bool unix)
    {
        await using var kestrel = await StartAsync(unix, (stream, _) => Talk.EchoAsync(stream));
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => kestrel.ConnectAsync()));

        await Task.WhenAll(clients.Select((client, i) => client.HearsItselfAsync($"peer {i}")));

        await Task.WhenAll(clients.Select(client => client.CloseAsync().Within()));
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task When_the_handler_returns_the_peer_has_everything_and_then_the_end(bool unix)
    {
        var answer = new string('x', 4 << 20);
        await using var kestrel = await StartAsync(unix, (stream, _) => stream.WriteAsync(answer).AsTask());
        await using var client = await kestrel.ConnectAsync();

        Assert.Equal(answer, await client.HearAllAsync());
    }

    [Fact]
    public async Task When_the_handler_throws_the_peer_is_reset_and_Kestrel_logs_it_once()
    {
        var failure = new InvalidOperationException("broken handler");
        await using var kestrel = await StartAsync(unix: false, async (stream, _) =>
        {
            await stream.WriteAsync("the first half");
            await Talk.FailAsync(stream, failure);
        });
        await using var client = await kestrel.ConnectAsync();

        await client.ProvokeAsync();
        await client.SeesResetAsync();

        var entry = await _log.FirstAsync(static entry => entry.Level >= LogLevel.Error).Within();
        await kestrel.StopAsync();
        Assert.Same(failure, entry.Error);
        Assert.Single(_log.Complaints);
    }

    [Fact]
    public async Task What_throws_at_the_sign_to_stop_is_logged_by_Kestrel_and_the_peer_is_served_to_the_end()
    {
        var failure = new InvalidOperationException("from a callback");
        await using var kestrel = await StartAsync(unix: false, async (stream, stopping) =>
        {
            stopping.Register(() => throw failure);
            await stream.WriteAsync("ready\n");
            await stream.ReadToEndAsync();
            await stream.WriteAsync("bye\n");
        });
        await using var client = await kestrel.ConnectAsync();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await kestrel.StopAsync();

        Assert.Equal("bye\n", await client.HearAllAsync());
        var entry = await _log.FirstAsync(static entry => entry.Level >= LogLevel.Error).Within();
        Assert.Same(failure, entry.Error!.GetBaseException());
    }

    [Fact]
    public async Task When_the_handler_throws_a_Unix_peer_is_not_kept_waiting()
    {
        await using var kestrel = await StartAsync(
            unix: true, (stream, _) => Talk.FailAsync(stream, new InvalidOperationException("broken handler")));
        await using var client = await kestrel.ConnectAsync();

        await client.ProvokeAsync();
        await client.IsOverAsync();
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task When_the_application_stops_the_handler_reads_the_end_and_its_last_answer_arrives(bool unix)
    {
        await using var kestrel = await StartAsync(unix, async (stream, stopping) =>
        {
            await stream.WriteAsync("ready\n");
            await stream.ReadToEndAsync();
            await stream.WriteAsync(stopping.IsCancellationRequested ? "stopped\n" : "left\n");
        });
        await using var client = await kestrel.ConnectAsync();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await kestrel.StopAsync();

        Assert.Equal("stopped\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_record_that_the_stop_cuts_is_no_error()
    {
        await using var kestrel = await StartAsync(unix: false, async (stream, _) =>
        {
            await stream.WriteAsync("ready\n");
            await stream.ReadExactlyAsync(10);
        });
        await using var client = await kestrel.ConnectAsync();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await kestrel.StopAsync();

        await client.IsOverAsync();
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Writes_to_a_peer_that_is_gone_fail_soon(bool unix, bool reset)
    {
        const int Most = 100_000;
        var gone = new Signal();
        var failed = new Signal<Exception?>();
        await using var kestrel = await StartAsync(unix, async (stream, _) =>
        {
            await gone.Task;
            try
            {
                for (var i = 0; i < Most; i++) await stream.WriteAsync(new byte[1024]);
                failed.Set(null);
            }
            catch (Exception e)
            {
                failed.Set(e);
                throw;
            }
        });
        var client = await kestrel.ConnectAsync();
        await _entrance.Entered;
        if (reset) await client.AbortAsync().Within();
        else await client.CloseAsync().Within();
        gone.Set();

        Assert.IsType<IOException>(await failed.Task.Within());
        await kestrel.StopAsync();
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_reset_by_the_peer_is_no_error()
    {
        await using var kestrel = await StartAsync(unix: false, (stream, _) => Talk.ListenAsync(stream));
        await using var client = await kestrel.ConnectAsync();
        var stream = await _entrance.Entered;

        client.Abort();
        await stream.WaitClosedAsync().Within();
        await kestrel.StopAsync();

        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task The_stream_knows_both_ends_and_the_socket()
    {
        var release = new Signal();
        await using var kestrel = await StartAsync(unix: false, (_, _) => release.Task);
        await using var client = await kestrel.ConnectAsync();
        var stream = await _entrance.Entered;

        Assert.Equal(client.LocalEndPoint, stream.RemoteEndPoint);
        Assert.Equal(client.RemoteEndPoint, stream.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, stream.GetExtraInfo("peername"));
        Assert.Equal(((IPEndPoint)client.LocalEndPoint!).Port, ((IPEndPoint)stream.Socket!.RemoteEndPoint!).Port);
        Assert.True(stream.IsServerSide);
        release.Set();
        await stream.WaitClosedAsync().Within();

        Assert.Equal(client.LocalEndPoint, stream.RemoteEndPoint);
        Assert.NotNull(stream.GetExtraInfo("socket"));
    }

    [Fact]
    public async Task A_Unix_peer_tells_who_it_is_also_after_the_close()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells it.");
        var release = new Signal();
        await using var kestrel = await StartAsync(unix: true, (_, _) => release.Task);
        await using var client = await kestrel.ConnectAsync();
        var stream = await _entrance.Entered;
        var credentials = Assert.IsType<UnixPeerCredentials>(stream.GetExtraInfo("peercred"));
        Assert.Equal(Environment.ProcessId, credentials.ProcessId);
        release.Set();
        await stream.WaitClosedAsync().Within();
        Assert.Equal(credentials, stream.GetExtraInfo("peercred"));
    }

    [Fact]
    public async Task The_output_cannot_end_alone()
    {
        var release = new Signal();
        await using var kestrel = await StartAsync(unix: false, (_, _) => release.Task);
        await using var client = await kestrel.ConnectAsync();
        var stream = await _entrance.Entered;

        Assert.False(stream.CanWriteEof);
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());
        await stream.WriteAsync("still here\n").Within();
        Assert.Equal("still here\n", await client.HearLineAsync());
        release.Set();
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_question_that_ends_with_the_peers_output_is_answered(bool unix)
    {
        await using var kestrel = await StartAsync(unix, async (stream, _) =>
        {
            var all = await stream.ReadToEndAsync();
            await stream.WriteAsync(Encoding.UTF8.GetString(all).ToUpperInvariant());
        });
        await using var client = await kestrel.ConnectAsync();

        await client.WriteAsync("question").Within();
        await client.WriteEofAsync().Within();

        Assert.Equal("QUESTION", await client.HearAllAsync());
    }

    private Task<StockKestrel> StartAsync(bool unix, Func<ConnectionStream, CancellationToken, Task> serve) =>
        StockKestrel.StartAsync(unix, _entrance.Of(serve), _log);
}
