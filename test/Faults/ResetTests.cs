namespace Kestrel.Streams.Tests;

/// <summary>
/// A connection that is reset, or ends, behind each byte of a talk in turn. Both sides end, with an <see cref="IOException"/> or in order,
/// and neither has a line that is wrong or twice.
/// </summary>
public sealed class ResetTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly LineExchange _exchange = new();

    public static MatrixTheoryData<bool, Fault, Way, bool> Cases =>
        new([false, true], [Fault.Reset, Fault.End], [Way.ToServer, Way.ToClient], [false, true]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Behind_every_byte_of_a_line_exchange(bool unix, Fault fault, Way way, bool pipelined)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => _exchange.ServeAsync(stream), new StreamServerOptions { LoggerFactory = _log.Factory });
        await server.StartServingAsync().Within();
        var whole = 0;
        // Three lines of five bytes, and answers of eight; behind the last byte there is the end of the client.
        var last = LineExchange.LineCount * (way == Way.ToServer ? 5 : 8) + 1;
        for (var behind = 0; behind <= last; behind++)
        {
            await using var proxy = FaultProxy.To(server, new Plan(fault, way, behind));

            var ending = await LineExchange.TalkAsync(proxy.EndPoint, $"{behind:00}", new StreamClientOptions(), pipelined);

            // Over a Unix socket there is no reset to be seen: what is cut looks like an end, in whose last line the separator is missing.
            Assert.True(LineExchange.IsBeginning(ending, "ok ", mayBeCut: fault == Fault.End || unix), $"Behind {behind}: {Tell(ending)}");
            if (ending.Lines.Count == LineExchange.LineCount && ending.Lines[^1].EndsWith('\n')) whole++;
        }

        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        await server.CloseAsync().Within();

        Assert.True(whole > 0, "Not even the talk that was not cut is whole.");
        foreach (var side in _exchange.Served)
        {
            Assert.True(side.Error is null or IOException, $"{side.Error}");
            Assert.True(LineExchange.IsBeginning(side, "", mayBeCut: fault == Fault.End || unix), Tell(side));
        }

        Assert.Empty(_log.Complaints);
    }

    private static string Tell(Ending ending) => $"{string.Join('|', ending.Lines)} {ending.Error}";
}
