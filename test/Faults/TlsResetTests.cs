using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>As <see cref="ResetTests"/>, over TLS: behind the bytes of the handshake, of the data and of the farewell.</summary>
public sealed class TlsResetTests : IDisposable
{
    // All 10,000 cases take a quarter of a minute.
    private const int Step = 3;

    private readonly LogCapture _log = new();
    private readonly LineExchange _exchange = new();

    public static MatrixTheoryData<SslProtocols, Fault, Way> Cases =>
        new([SslProtocols.Tls12, SslProtocols.Tls13], [Fault.Reset, Fault.End], [Way.ToServer, Way.ToClient]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Behind_the_bytes_of_a_handshake_and_a_line_exchange(SslProtocols version, Fault fault, Way way)
    {
        await using var server = AnyServer.Of(unix: false, (stream, _) => _exchange.ServeAsync(stream), TlsTalk.ServerOptions(_log));
        await server.StartServingAsync().Within();
        var length = await LengthAsync(server, version, way);

        // Signatures differ by some bytes in length: beyond the end all of the talk gets through.
        await Parallel.ForEachAsync(Positions.Of(length + 16, Step), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (behind, _) =>
        {
            await using var proxy = FaultProxy.To(server, new Plan(fault, way, behind));

            var ending = await LineExchange.TalkAsync(proxy.EndPoint, $"{behind:0000}", Options(version), pipelined: false);

            // The end of a TLS session is said by its peer or is an error: what is cut never looks like an end.
            Assert.True(LineExchange.IsBeginning(ending, "ok ", mayBeCut: false), $"Behind {behind}: {string.Join('|', ending.Lines)} {ending.Error}");
            Assert.True(ending.Error is not null || ending.Lines.Count == LineExchange.LineCount, $"Behind {behind}: an end after {ending.Lines.Count} lines");
        });

        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        await server.CloseAsync().Within();
        foreach (var side in _exchange.Served)
        {
            Assert.True(side.Error is null ? side.Lines.Count == LineExchange.LineCount : side.Error is IOException, $"{side.Lines.Count} lines, {side.Error}");
            Assert.True(LineExchange.IsBeginning(side, "", mayBeCut: false), string.Join('|', side.Lines));
        }

        Assert.Empty(_log.Complaints);
    }

    /// <summary>How many bytes a talk has that nobody disturbs.</summary>
    private static async Task<long> LengthAsync(StreamServerBase server, SslProtocols version, Way way)
    {
        await using var proxy = FaultProxy.To(server, new Plan(Fault.None));
        var ending = await LineExchange.TalkAsync(proxy.EndPoint, "0000", Options(version), pipelined: false);
        Assert.Equal(LineExchange.LineCount, ending.Lines.Count);
        Assert.Null(ending.Error);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        return way == Way.ToServer ? proxy.Passed.ToServer : proxy.Passed.ToClient;
    }

    private static StreamClientOptions Options(SslProtocols version)
    {
        var tls = TlsTalk.ClientOptions();
        tls.EnabledSslProtocols = version;
        tls.AllowTlsResume = false; // each handshake is a whole one
        return new StreamClientOptions { Tls = tls };
    }
}
