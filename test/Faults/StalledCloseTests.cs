using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A peer that takes nothing any more, while this side writes and closes: <c>CloseTimeout</c> holds it, and <c>WriteTimeout</c> of a server.</summary>
public sealed class StalledCloseTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly LogCapture _log = new();
    private readonly ManualTime _time = new();

    public static MatrixTheoryData<bool, bool> UnixAndTls => new([false, true], [false, true]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_close_over_a_full_send_buffer_ends_and_the_socket_is_gone(bool unix)
    {
        using var blackhole = new Blackhole(unix);
        var (client, peer) = await blackhole.ConnectAsync();
        var stream = ConnectionStream.Create(StreamTransport.FromSocket(client), new ConnectionStreamOptions { CloseTimeout = 0.2 * _second });
        var write = stream.WriteAsync(new byte[64 << 20]).AsTask();
        Assert.False(write.IsCompleted);

        await stream.CloseAsync().Within();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => write).Within();
        await stream.WaitClosedAsync().Within();
        Assert.True(client.SafeHandle.IsClosed);
        // Over TCP a cut write is a reset, so that it does not look whole.
        Assert.Equal(unix, await Blackhole.EndsInOrderAsync(peer));
    }

    [Theory]
    [MemberData(nameof(UnixAndTls))]
    public async Task A_close_over_a_stalled_way_ends_on_both_sides(bool unix, bool tls)
    {
        var served = new Signal<ConnectionStream>();
        await using var server = AnyServer.Of(
            unix,
            async (stream, _) =>
            {
                served.Set(stream);
                await Talk.EchoAsync(stream);
            },
            tls ? TlsTalk.ServerOptions(_log) : new StreamServerOptions { LoggerFactory = _log.Factory });
        await server.StartServingAsync().Within();
        await using var proxy = FaultProxy.To(server, new Plan(Fault.Stall, Way.ToServer, 50_000));
        var socket = FaultProxy.NewSocket(proxy.EndPoint.AddressFamily);
        await socket.ConnectAsync(proxy.EndPoint).Within();
        var stream = ConnectionStream.Create(StreamTransport.FromSocket(socket), new ConnectionStreamOptions { CloseTimeout = 0.2 * _second });
        if (tls) await stream.StartTlsAsync(TlsTalk.ClientOptions()).Within();
        var write = stream.WriteAsync(new byte[64 << 20]).AsTask();
        await proxy.Struck.Within();

        await stream.CloseAsync().Within();

        // Over TLS a record that has begun is sent to its end or not at all, so that the write ends with the abort.
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write).Within();
        await stream.WaitClosedAsync().Within();
        Assert.True(socket.SafeHandle.IsClosed);
        await (await served.Task.Within()).AbortAsync().Within();
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
    }

    [Theory]
    [MemberData(nameof(UnixAndTls))]
    public async Task A_peer_that_takes_nothing_is_over_WriteTimeout_while_a_handler_writes(bool unix, bool tls)
    {
        var full = new Signal();
        var end = new Signal<Exception>();
        await using var server = Server(unix, tls, async stream =>
        {
            var write = stream.WriteAsync(new byte[64 << 20]).AsTask();
            full.Set();
            end.Set(await Assert.ThrowsAnyAsync<Exception>(() => write));
        });
        await using var client = await ConnectAsync(server, tls);
        await full.Task.Within();

        await TimePassesUntilAsync(end.Task);

        var error = Assert.IsType<ObjectDisposedException>(await end.Task);
        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Contains("WriteTimeout", error.Message, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        Assert.Empty(_log.Complaints);
    }

    /// <summary>The handler has returned: what it has written is to be sent by the close, which has its own limit of ten seconds.</summary>
    [Theory]
    [MemberData(nameof(UnixAndTls))]
    public async Task A_peer_that_takes_nothing_is_over_WriteTimeout_while_the_stream_is_closed(bool unix, bool tls)
    {
        var full = new Signal();
        await using var server = Server(unix, tls, stream =>
        {
            _ = stream.WriteAsync(new byte[64 << 20]).AsTask().ContinueWith(static write => _ = write.Exception, TaskScheduler.Default);
            full.Set();
            return Task.CompletedTask;
        });
        await using var client = await ConnectAsync(server, tls);
        await full.Task.Within();

        await TimePassesUntilAsync(Eventually.IsTrueAsync(() => server.ConnectionCount == 0));

        Assert.Contains(_log.OfServer, static entry => entry.Message.Contains("is over a timeout: Write", StringComparison.Ordinal));
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_closes_in_its_time_whatever_its_peers_have_stalled_at(bool unix)
    {
        var entered = new SemaphoreSlim(0);
        var plain = new StreamServerOptions { LoggerFactory = _log.Factory, ShutdownTimeout = 0.3 * _second };
        await using var server = AnyServer.Of(
            unix,
            async (stream, _) =>
            {
                entered.Release();
                if (await stream.ReadLineAsync() is [(byte)'b', ..]) await stream.WriteAsync(new byte[64 << 20]);
                await stream.ReadLineAsync();
            },
            plain);
        var secured = TlsTalk.ServerOptions(_log);
        (secured.ShutdownTimeout, secured.HandshakeTimeout) = (0.3 * _second, 60 * _second);
        await using var tls = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), secured);
        var proxied = new StreamServerOptions { LoggerFactory = _log.Factory, ShutdownTimeout = 0.3 * _second, ProxyProtocol = new() { Timeout = 60 * _second } };
        await using var behind = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), proxied);
        foreach (var each in (StreamServerBase[])[server, tls, behind]) await each.StartServingAsync().Within();
        // Silent from the start, within a line, and with a full buffer; within a hello, and within a PROXY header.
        using var silent = Blackhole.ConnectedTo(server);
        using var halfway = Blackhole.ConnectedTo(server);
        halfway.Send("half a li"u8);
        using var full = Blackhole.ConnectedTo(server);
        full.Send("big\n"u8);
        using var hello = Blackhole.ConnectedTo(tls);
        hello.Send("\u0016\u0003\u0001\u0002\0\u0001"u8);
        using var header = Blackhole.ConnectedTo(behind);
        header.Send("PROXY TCP4 192.0"u8);
        for (var i = 0; i < 3; i++) Assert.True(await entered.WaitAsync(_second * 30));
        await Eventually.IsTrueAsync(() => tls.ConnectionCount == 1 && behind.ConnectionCount == 1);

        await Task.WhenAll(server.CloseAsync(), tls.CloseAsync(), behind.CloseAsync()).Within();

        Assert.Equal(0, server.ConnectionCount + tls.ConnectionCount + behind.ConnectionCount);
        foreach (var socket in (Socket[])[silent, halfway, full, hello, header]) await Blackhole.EndsInOrderAsync(socket);
        Assert.Empty(_log.Complaints);
    }

    private StreamServerBase Server(bool unix, bool tls, Func<ConnectionStream, Task> serve)
    {
        var options = tls ? TlsTalk.ServerOptions(_log) : new StreamServerOptions { LoggerFactory = _log.Factory };
        (options.WriteTimeout, options.TimeProvider) = (20 * _second, _time);
        return AnyServer.Of(unix, (stream, _) => serve(stream), options);
    }

    private static async Task<ConnectionStream> ConnectAsync(StreamServerBase server, bool tls)
    {
        await server.StartServingAsync().Within();
        return await (tls ? server.ConnectTlsAsync() : server.ConnectAsync());
    }

    /// <summary>What the kernel's buffers still take is progress: so the time passes until it has happened.</summary>
    private async Task TimePassesUntilAsync(Task happened)
    {
        var limited = happened.Within();
        while (!limited.IsCompleted)
        {
            _time.Advance(0.5 * _second);
            await Task.Yield();
        }

        await limited;
    }
}
