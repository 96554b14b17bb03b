using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>What the meter counts, each over a real connection.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly string _name = "metrics-" + Guid.NewGuid().ToString("N");
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();
    private readonly MeterCapture _meter;

    public MetricsTests() => _meter = new MeterCapture(_name);

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task A_server_that_nobody_is_connected_to_tells_zeros()
    {
        await using var server = Echo();
        await server.StartServingAsync().Within();

        Assert.Equal(0, _meter.Ask("streams.server.active_connections"));
        Assert.Equal("endpoint=StreamServer", _meter.TagsOf("streams.server.active_connections"));
    }

    [Fact]
    public async Task Connections_are_counted_while_they_are_there()
    {
        await using var server = Echo();
        await server.StartServingAsync().Within();
        await using var one = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await one.HearsItselfAsync();
        await other.HearsItselfAsync();
        Assert.Equal(2, _meter.Ask("streams.server.active_connections", "endpoint=StreamServer"));

        await server.CloseAsync().Within();
        Assert.Equal(0, _meter.Ask("streams.server.active_connections"));
        Assert.Equal(2, _meter.Recorded("streams.server.connection.duration", "endpoint=StreamServer").Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_are_counted_while_a_connection_lives_and_stay_when_it_has_ended(bool tls)
    {
        var options = tls ? TlsTalk.ServerOptions(_log) : new StreamServerOptions { LoggerFactory = _log.Factory };
        options.Name = _name;
        await using var server = new StreamServer((stream, _) => Talk.EchoAsync(stream), "127.0.0.1", 0, options);
        for (var serving = 1; serving <= 3; serving++)
        {
            await server.StartServingAsync().Within();
            await using (var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync())
            {
                await client.HearsItselfAsync("12345");
                Assert.Equal(6 * serving, _meter.Ask("streams.server.io", "network.io.direction=receive"));
                // What TLS has sent is counted a moment after its peer may have it.
                await _meter.SaysAsync(6 * serving, "streams.server.io", "network.io.direction=transmit");
            }

            await server.CloseAsync().Within();
            Assert.Equal(12 * serving, _meter.Ask("streams.server.io"));
        }
    }

    [Fact]
    public async Task A_second_server_of_the_same_name_counts_on()
    {
        for (var round = 1; round <= 2; round++)
        {
            await using var server = Echo();
            await server.StartServingAsync().Within();
            await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync("12345");
            await server.CloseAsync().Within();
            Assert.Equal(12 * round, _meter.Ask("streams.server.io"));
        }
    }

    [Fact]
    public async Task No_byte_is_lost_or_counted_twice_while_somebody_collects()
    {
        const int Clients = 8, Rounds = 25;
        await using var server = Echo();
        await server.StartServingAsync().Within();
        using var done = new CancellationTokenSource();
        var collecting = Task.Run(() =>
        {
            var last = 0L;
            while (!done.IsCancellationRequested)
            {
                var now = _meter.Ask("streams.server.io");
                Assert.True(now >= last, $"{now} after {last}");
                last = now;
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                await using var client = await server.ConnectAsync();
                await client.HearsItselfAsync("12345");
            }
        })).Within();
        await server.CloseAsync().Within();
        await done.CancelAsync();
        await collecting.Within();

        Assert.Equal(Clients * Rounds * 12, _meter.Ask("streams.server.io"));
        Assert.Equal(Clients * Rounds, _meter.Recorded("streams.server.connection.duration").Count);
    }

    [Fact]
    public async Task A_full_server_counts_what_it_rejects()
    {
        await using var server = Echo(new StreamServerOptions { MaxConnections = 1 });
        await server.StartServingAsync().Within();
        await using var first = await server.ConnectAsync();
        await first.HearsItselfAsync();
        await using var second = await server.ConnectAsync();
        await second.IsOverAsync();

        Assert.Equal([1], _meter.Recorded("streams.server.rejected_connections"));
        Assert.Equal("endpoint=StreamServer reason=full", _meter.TagsOf("streams.server.rejected_connections"));
    }

    [Fact]
    public async Task A_connection_over_the_limit_of_its_address_is_a_rejection_and_no_life()
    {
        await using var server = Echo(new StreamServerOptions { MaxConnectionsPerAddress = 1 });
        await server.StartServingAsync().Within();
        await using (var first = await server.ConnectAsync())
        {
            await first.HearsItselfAsync();
            await using var second = await server.ConnectAsync();
            await second.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal("endpoint=StreamServer reason=address_full", _meter.TagsOf("streams.server.rejected_connections"));
        Assert.Single(_meter.Recorded("streams.server.connection.duration"));
    }

    [Fact]
    public async Task A_PROXY_header_that_is_none_is_a_rejection()
    {
        await using var server = Echo(new StreamServerOptions { ProxyProtocol = new ProxyProtocolOptions() });
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync("GET / HTTP/1.1\r\n").Within();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal("endpoint=StreamServer reason=proxy_invalid", _meter.TagsOf("streams.server.rejected_connections"));
        Assert.Empty(_meter.Recorded("streams.server.connection.duration"));
    }

    [Fact]
    public async Task A_handshake_is_timed_with_the_version_of_TLS()
    {
        var options = TlsTalk.ServerOptions(_log);
        await using var server = Echo(options);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectTlsAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();

        Assert.Equal("endpoint=StreamServer tls.protocol.version=1.3", _meter.TagsOf("streams.server.tls_handshake.duration"));
        Assert.InRange(Assert.Single(_meter.Recorded("streams.server.tls_handshake.duration")), 0.000001, 30);
    }

    [Fact]
    public async Task A_handshake_that_fails_is_timed_with_its_error_and_is_a_rejection()
    {
        await using var server = Echo(TlsTalk.ServerOptions(_log));
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync("no TLS at all\n").Within();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal("endpoint=StreamServer reason=handshake_failed", _meter.TagsOf("streams.server.rejected_connections"));
        Assert.StartsWith("endpoint=StreamServer error.type=", _meter.TagsOf("streams.server.tls_handshake.duration"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("read")]
    [InlineData("write")]
    [InlineData("lifetime")]
    public async Task A_timeout_is_counted_by_its_kind(string kind)
    {
        var soon = TimeSpan.FromMilliseconds(20);
        var options = new StreamServerOptions();
        if (kind == "idle") options.IdleTimeout = soon;
        if (kind == "read") options.ReadTimeout = soon;
        if (kind == "write") options.WriteTimeout = soon;
        if (kind == "lifetime") options.MaxConnectionLifetime = soon;
        await using var server = Serve(
            async (stream, _) =>
            {
                await stream.ReadLineAsync();
                if (kind == "write") await stream.WriteAsync(new byte[64 * 1024 * 1024]);
            },
            options);
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        // It is connected, and will not be reset before it knows.
        if (kind == "write") await client.WriteAsync("go\n").Within();
        await _log.FirstAsync(static entry => entry.Message.Contains("is over a timeout", StringComparison.Ordinal)).Within();

        Assert.Equal([1], _meter.Recorded("streams.server.timeouts", $"timeout={kind}"));
    }

    [Fact]
    public async Task Lines_over_the_limit_are_counted()
    {
        await using var server = Serve(
            async (stream, _) =>
            {
                await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().AsTask());
                await stream.SkipLineAsync();
                await stream.WriteAsync("too long\n");
            },
            new StreamServerOptions { Limit = 8 });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.WriteAsync("123456789\n").Within();
        Assert.Equal("too long\n", await client.HearLineAsync());

        Assert.Equal(1, _meter.Ask("streams.server.limit_overruns"));
    }

    [Fact]
    public async Task A_drain_counts_those_that_finished_and_those_that_were_cut()
    {
        await using var server = Serve(
            async (stream, _) =>
            {
                await stream.WriteAsync("here\n");
                await stream.ReadToEndAsync();
            });
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        Assert.Equal("here\n", await client.HearLineAsync());
        await server.CloseAsync().Within();

        Assert.Equal([1], _meter.Recorded("streams.server.drained_connections", "outcome=finished"));
        Assert.Empty(_meter.Recorded("streams.server.drained_connections", "outcome=cut"));
        Assert.Single(_meter.Recorded("streams.server.drain.duration"));
    }

    [Fact]
    public async Task What_a_close_cuts_is_counted_as_cut()
    {
        await using var server = Serve(_entrance.Of((stream, _) => stream.WaitClosedAsync()));
        await using var client = await _entrance.StartAsync(server);
        await server.AbortAsync().Within();

        Assert.Equal([1], _meter.Recorded("streams.server.drained_connections", "outcome=cut"));
        Assert.Empty(_meter.Recorded("streams.server.drained_connections", "outcome=finished"));
    }

    [Fact]
    public async Task A_handler_that_fails_marks_the_duration_with_its_error()
    {
        await using var server = Serve((stream, _) => Talk.FailAsync(stream, new InvalidOperationException("broken")));
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.ProvokeAsync();
        await client.IsOverAsync();
        await server.CloseAsync().Within();

        Assert.Equal("endpoint=StreamServer error.type=System.InvalidOperationException", _meter.TagsOf("streams.server.connection.duration"));
    }

    [Fact]
    public async Task A_peer_that_resets_marks_it_with_none()
    {
        await using var server = Serve(_entrance.Of((stream, _) => Talk.ListenAsync(stream)));
        await using var client = await _entrance.StartAsync(server);
        client.Abort();
        await server.CloseAsync().Within();

        Assert.Equal("endpoint=StreamServer", _meter.TagsOf("streams.server.connection.duration"));
    }

    [Fact]
    public async Task A_handler_that_is_left_behind_is_a_connection_no_more()
    {
        var never = new Signal();
        await using var server = Serve(_entrance.Of((_, _) => never.Task), new StreamServerOptions { ShutdownTimeout = TimeSpan.Zero });
        await using var client = await _entrance.StartAsync(server);
        Assert.Equal(1, _meter.Ask("streams.server.active_connections"));
        await server.CloseAsync().Within();

        Assert.Equal(0, _meter.Ask("streams.server.active_connections"));
        never.Set();
    }

    [Fact]
    public async Task A_server_that_is_closed_is_not_kept_by_the_meter()
    {
        var server = await ServeOnceAsync();
        Assert.Equal(12, _meter.Ask("streams.server.io"));
        await GoneAsync(server);
        Assert.Equal(12, _meter.Ask("streams.server.io"));
    }

    /// <summary>A thread that has just ended its part may hold it for a moment more.</summary>
    private static async Task GoneAsync(WeakReference held)
    {
        for (var clock = Stopwatch.StartNew(); held.IsAlive; await Task.Yield())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "Somebody holds it still.");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private async Task<WeakReference> ServeOnceAsync()
    {
        await using var server = new StreamServer((stream, _) => Talk.EchoAsync(stream), "127.0.0.1", 0, new StreamServerOptions { Name = _name });
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync("12345");
        await server.CloseAsync().Within();
        return new WeakReference(server);
    }

    private StreamServer Echo(StreamServerOptions? options = null) => Serve((stream, _) => Talk.EchoAsync(stream), options);

    private StreamServer Serve(Func<ConnectionStream, CancellationToken, Task> serve, StreamServerOptions? options = null)
    {
        options ??= new StreamServerOptions();
        (options.Name, options.LoggerFactory) = (_name, _log.Factory);
        return new StreamServer(serve, "127.0.0.1", 0, options);
    }
}
