namespace Kestrel.Streams.Tests;

/// <summary>A connection that stalls behind each byte of a talk in turn: a timeout holds it, and nothing is lost when it goes on instead.</summary>
public sealed class StallTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly ManualTime _time = new();
    private readonly LineExchange _exchange = new();

    public static MatrixTheoryData<bool, Way, bool> Cases => new([false, true], [Way.ToServer, Way.ToClient], [false, true]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task Who_stalls_behind_any_byte_is_over_IdleTimeout(bool unix)
    {
        await using var server = Server(unix, options => options.IdleTimeout = TimeSpan.FromMinutes(1));
        await server.StartServingAsync().Within();
        for (var behind = 0; behind < LineExchange.LineCount * 5; behind++)
        {
            var proxy = FaultProxy.To(server, new Plan(Fault.Stall, Way.ToServer, behind));
            var talk = LineExchange.TalkAsync(proxy.EndPoint, $"{behind:00}", new StreamClientOptions(), pipelined: false);
            await proxy.Struck.Within();

            await TimePassesUntilAsync(() => _exchange.Served.Count > behind && server.ConnectionCount == 0);

            await proxy.DisposeAsync();
            var ending = await talk.Within();
            Assert.True(ending.Error is IOException || (unix && ending.Error is null), $"{ending.Error}"); // a Unix socket has no reset to send
            Assert.True(LineExchange.IsBeginning(ending, "ok ", mayBeCut: unix));
        }

        Assert.All(_exchange.Served, static side => Assert.IsType<TimeoutException>(Assert.IsType<IOException>(side.Error).InnerException));
        Assert.All(_exchange.Served, static side => Assert.True(LineExchange.IsBeginning(side, "", mayBeCut: false)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_stalls_behind_any_byte_and_goes_on_loses_nothing(bool unix, Way way, bool pipelined)
    {
        await using var server = Server(unix, static _ => { });
        await server.StartServingAsync().Within();
        var last = LineExchange.LineCount * (way == Way.ToServer ? 5 : 8);
        for (var behind = 0; behind < last; behind++)
        {
            await using var proxy = FaultProxy.To(server, new Plan(Fault.Stall, way, behind));
            var talk = LineExchange.TalkAsync(proxy.EndPoint, $"{behind:00}", new StreamClientOptions(), pipelined);
            await proxy.Struck.Within();
            Assert.False(talk.IsCompleted);

            proxy.Heal();

            var ending = await talk.Within();
            Assert.Null(ending.Error);
            Assert.Equal(LineExchange.LineCount, ending.Lines.Count);
            Assert.True(LineExchange.IsBeginning(ending, "ok ", mayBeCut: false), string.Join('|', ending.Lines));
            await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        }

        Assert.All(_exchange.Served, static side => Assert.Equal((null, LineExchange.LineCount), (side.Error, side.Lines.Count)));
        Assert.Empty(_log.Complaints);
    }

    private StreamServerBase Server(bool unix, Action<StreamServerOptions> configure)
    {
        var options = new StreamServerOptions { LoggerFactory = _log.Factory, TimeProvider = _time };
        configure(options);
        return AnyServer.Of(unix, (stream, _) => _exchange.ServeAsync(stream), options);
    }

    private async Task TimePassesUntilAsync(Func<bool> happened)
    {
        var limited = Eventually.IsTrueAsync(happened);
        while (!limited.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Yield();
        }

        await limited;
    }
}
