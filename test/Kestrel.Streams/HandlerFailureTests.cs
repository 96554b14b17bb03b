using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public class HandlerFailureTests
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_throws_is_logged_once_with_connection_and_peer_and_its_peer_is_reset(bool beforeItsFirstAwait)
    {
        var failure = new InvalidOperationException("broken handler");
        await using var server = Server((stream, _) =>
        {
            if (!beforeItsFirstAwait) return Talk.FailAsync(stream, failure);
            while (stream.ReadByte() != '\n') continue;
            throw failure;
        });
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;

        await client.ProvokeAsync();
        await client.SeesResetAsync();
        await server.CloseAsync().Within();

        var complaint = Assert.Single(_log.Complaints);
        Assert.Equal(LogLevel.Error, complaint.Level);
        Assert.Same(failure, complaint.Error);
        Assert.Contains(stream.Id, complaint.Message, StringComparison.Ordinal);
        Assert.Contains(client.LocalEndPoint!.ToString()!, complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_a_Unix_socket_the_peer_sees_an_end()
    {
        await using var server = AnyServer.Of(unix: true, _entrance.Of((stream, _) => Talk.FailAsync(stream, new InvalidOperationException())), Options());
        await using var client = await _entrance.StartAsync(server);

        await client.ProvokeAsync();
        Assert.Equal("", await client.HearAllAsync());
        await server.CloseAsync().Within();

        Assert.Contains("an unnamed peer", Assert.Single(_log.Complaints).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_answer_does_not_look_whole()
    {
        await using var server = Server(async (stream, _) =>
        {
            await stream.WriteAsync("the first half");
            await Talk.FailAsync(stream, new InvalidOperationException("in the middle"));
        });
        await using var client = await _entrance.StartAsync(server);

        await client.ProvokeAsync();
        await client.SeesResetAsync();
    }

    [Fact]
    public async Task A_failure_of_one_connection_leaves_the_others_alone()
    {
        await using var server = Server(async (stream, _) =>
        {
            await foreach (var line in stream.ReadLinesAsync())
            {
                if (line[0] == (byte)'!') throw new InvalidOperationException("bad line");
                await stream.WriteAsync(line);
            }
        });
        await using var good = await _entrance.StartAsync(server);
        await using var bad = await server.ConnectAsync();
        await bad.HearsItselfAsync();

        await bad.WriteAsync("!\n").Within();
        await bad.SeesResetAsync();

        await good.HearsItselfAsync();
        await using var next = await server.ConnectAsync();
        await next.HearsItselfAsync();
    }

    [Fact]
    public async Task A_reset_by_the_peer_is_no_error()
    {
        await using var server = Server((stream, _) => Talk.ListenAsync(stream));
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;

        client.Abort();
        await stream.WaitClosedAsync().Within();
        await server.CloseAsync().Within();

        var entry = Assert.Single(_log.OfServer, static entry => entry.Error is IOException);
        Assert.Equal(LogLevel.Debug, entry.Level);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(entry.Error!.InnerException).SocketErrorCode);
        Assert.Contains(stream.Id, entry.Message, StringComparison.Ordinal);
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_a_write_is_no_error()
    {
        await using var server = Server(async (stream, _) =>
        {
            while (true) await stream.WriteAsync(new byte[64 * 1024]);
        });
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;
        await client.ReadExactlyAsync(100_000).Within();

        client.Abort();
        await stream.WaitClosedAsync().Within();
        await server.CloseAsync().Within();

        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task Another_failure_after_a_reset_is_an_error()
    {
        await using var server = Server(async (stream, _) =>
        {
            await Assert.ThrowsAsync<IOException>(() => Talk.ListenAsync(stream));
            throw new InvalidOperationException("of the handler");
        });
        await using var client = await _entrance.StartAsync(server);
        var stream = await _entrance.Entered;

        client.Abort();
        await stream.WaitClosedAsync().Within();
        await server.CloseAsync().Within();

        Assert.Equal("of the handler", Assert.Single(_log.Complaints).Error!.Message);
    }

    [Fact]
    public async Task A_record_that_ends_in_the_middle_is_an_error_when_the_handler_does_not_expect_it()
    {
        await using var server = Server(async (stream, _) => await stream.ReadExactlyAsync(10));
        await using var client = await _entrance.StartAsync(server);

        await client.WriteAsync("short").Within();
        await client.WriteEofAsync().Within();
        await client.SeesResetAsync();
        await server.CloseAsync().Within();

        var error = Assert.IsType<IncompleteReadException>(Assert.Single(_log.Complaints).Error);
        Assert.Equal(10, error.Expected);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_an_error_when_the_handler_does_not_expect_it()
    {
        await using var server = Server(async (stream, _) => await stream.ReadLineAsync());
        await using var client = await _entrance.StartAsync(server);

        await client.WriteAsync(new string('x', 70_000) + "\n").Within();
        await client.IsOverAsync();
        await server.CloseAsync().Within();

        Assert.IsType<LimitOverrunException>(Assert.Single(_log.Complaints).Error);
    }

    [Fact]
    public async Task An_input_or_output_error_of_something_else_is_an_error()
    {
        await using var server = Server((stream, _) => Talk.FailAsync(stream, new FileNotFoundException("no such file")));
        await using var client = await _entrance.StartAsync(server);

        await client.ProvokeAsync();
        await client.SeesResetAsync();
        await server.CloseAsync().Within();

        Assert.IsType<FileNotFoundException>(Assert.Single(_log.Complaints).Error);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_stop_is_an_error()
    {
        await using var server = Server((stream, _) => Talk.FailAsync(stream, new OperationCanceledException("the handler's own")));
        await using var client = await _entrance.StartAsync(server);

        await client.ProvokeAsync();
        await client.SeesResetAsync();
        // The server is not stopping when the handler fails, and stops only then.
        await _log.FirstAsync(static entry => entry.Level == LogLevel.Error).Within();
        await server.CloseAsync().Within();

        Assert.Equal("the handler's own", Assert.Single(_log.Complaints).Error!.Message);
    }

    private StreamServer Server(Func<ConnectionStream, CancellationToken, Task> serve) =>
        new(_entrance.Of(serve), "127.0.0.1", options: Options());

    private StreamServerOptions Options() => new() { LoggerFactory = _log.Factory };
}
