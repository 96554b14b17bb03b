using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Connection middleware before the handler, on our own listener and on Kestrel's.</summary>
public class MiddlewareTests
{
    private readonly LogCapture _log = new();

    public static TheoryData<bool> OwnAndStock => new(false, true);

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task One_that_leaves_the_transport_alone_changes_nothing(bool stock)
    {
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), next => next);
        await using var client = await server.ConnectAsync();

        await client.HearsItselfAsync();
        await client.WriteEofAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task One_that_only_looks_at_the_transport_changes_nothing(bool stock)
    {
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), next => context =>
        {
            Assert.NotNull(context.Transport.Input);
            return next(context);
        });
        await using var client = await server.ConnectAsync();

        await client.HearsItselfAsync();
        await client.HearsItselfAsync(new string('x', 60_000));
        await client.WriteEofAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task What_one_has_read_is_gone_and_the_rest_comes_to_the_handler(bool stock)
    {
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), next => async context =>
        {
            await SkipLineAsync(context.Transport.Input);
            await next(context);
        });
        await using var client = await server.ConnectAsync();

        await client.WriteAsync("header\nfirst\nsecond\n").Within();

        Assert.Equal("first\n", await client.HearLineAsync());
        Assert.Equal("second\n", await client.HearLineAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task One_that_replaces_the_transport_sees_every_byte(bool stock)
    {
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), Shouting);
        await using var client = await server.ConnectAsync();

        await client.WriteAsync("hello\n").Within();

        Assert.Equal("HELLO\n", await client.HearLineAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task A_big_answer_through_a_replaced_transport_arrives_whole(bool stock)
    {
        var answer = new string('x', 4 << 20);
        await using var server = await StartAsync(
            stock, (stream, _) => stream.WriteAsync(answer).AsTask(), Shouting);
        await using var client = await server.ConnectAsync();

        Assert.Equal(answer, await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task Behind_a_replaced_transport_a_handler_that_throws_resets_its_peer(bool stock)
    {
        var failure = new InvalidOperationException("broken handler");
        await using var server = await StartAsync(
            stock,
            async (stream, _) =>
            {
                await stream.WriteAsync("the first half");
                await Talk.FailAsync(stream, failure);
            },
            Shouting);
        await using var client = await server.ConnectAsync();

        await client.ProvokeAsync();
        await client.SeesResetAsync();

        Assert.Same(failure, (await _log.FirstAsync(static entry => entry.Level >= LogLevel.Error).Within()).Error);
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task Behind_a_replaced_transport_a_stop_lets_the_handler_finish(bool stock)
    {
        await using var server = await StartAsync(
            stock,
            async (stream, _) =>
            {
                await stream.WriteAsync("ready\n");
                await stream.ReadToEndAsync();
                await stream.WriteAsync("bye\n");
            },
            Shouting);
        await using var client = await server.ConnectAsync();
        Assert.Equal("ready\n", await client.HearLineAsync());

        await server.StopAsync();

        Assert.Equal("bye\n", await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task One_that_aborts_resets_the_peer_and_wakes_the_handler(bool stock)
    {
        var connected = new Signal();
        var woken = new Signal<Exception>();
        await using var server = await StartAsync(
            stock,
            async (stream, _) =>
            {
                try
                {
                    while (true) Assert.NotEmpty(await stream.ReadAsync(100));
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    woken.Set(e);
                }
            },
            next => async context =>
            {
                var served = next(context);
                await connected.Task;
                context.Abort(new ConnectionAbortedException("The middleware does not like it."));
                await served;
            });
        await using var client = await server.ConnectAsync();

        connected.Set();
        await client.SeesResetAsync();
        await woken.Task.Within();
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task ConnectionClosed_fires_when_the_connection_is_over(bool stock)
    {
        var closed = new Signal();
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), next => context =>
        {
            context.ConnectionClosed.Register(closed.Set);
            return next(context);
        });
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();

        await closed.Task.Within();
    }

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public async Task ConnectionClosed_fires_when_the_connection_is_aborted(bool stock)
    {
        var connected = new Signal();
        var closed = new Signal();
        var release = new Signal();
        await using var server = await StartAsync(stock, (stream, _) => Talk.EchoAsync(stream), _ => async context =>
        {
            context.ConnectionClosed.Register(closed.Set);
            await connected.Task;
            context.Abort(new ConnectionAbortedException("The middleware does not like it."));
            await release.Task;
        });
        await using var client = await server.ConnectAsync();
        connected.Set();
        try
        {
            await closed.Task.Within(TimeSpan.FromSeconds(10));
        }
        finally
        {
            release.Set();
        }
    }

    private async Task<IMiddlewareServer> StartAsync(
        bool stock, Func<ConnectionStream, CancellationToken, Task> serve, Func<ConnectionDelegate, ConnectionDelegate> middleware) =>
        stock
            ? await StockKestrel.StartAsync(unix: false, serve, _log, listen => listen.Use(middleware))
            : await OwnListener.StartAsync(serve, _log, middleware);

    private static ConnectionDelegate Shouting(ConnectionDelegate next) => async context =>
    {
        var below = context.Transport;
        var input = new Pipe();
        context.Transport = new DuplexPipe(input.Reader, below.Output);
        var pump = ShoutAsync(below.Input, input.Writer);
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = below;
            below.Input.CancelPendingRead();
            await pump;
        }
    };

    private static async Task ShoutAsync(PipeReader from, PipeWriter to)
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                var text = Encoding.UTF8.GetString(read.Buffer);
                from.AdvanceTo(read.Buffer.End);
                var flush = await to.WriteAsync(Encoding.UTF8.GetBytes(text.ToUpperInvariant()));
                if (read.IsCanceled || read.IsCompleted || flush.IsCompleted) break;
            }
        }
        catch (Exception e)
        {
            error = e;
        }

        await to.CompleteAsync(error);
    }

    private static async Task SkipLineAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync();
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
