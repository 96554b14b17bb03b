using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>A peer whose bytes come one by one, each in a packet of its own: a PROXY header, a TLS handshake, lines and farewells.</summary>
public sealed class TrickleTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly LineExchange _exchange = new();

    public static MatrixTheoryData<bool, Way> Cases => new([false, true], [Way.ToServer, Way.ToClient]);

    public static MatrixTheoryData<SslProtocols, Way> TlsCases => new([SslProtocols.Tls12, SslProtocols.Tls13], [Way.ToServer, Way.ToClient]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Lines_that_come_byte_by_byte_are_whole(bool unix, Way way)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => _exchange.ServeAsync(stream), new StreamServerOptions { LoggerFactory = _log.Factory });

        await TalkAsync(server, way, new StreamClientOptions());
    }

    [Theory]
    [MemberData(nameof(TlsCases))]
    public async Task A_PROXY_header_and_a_TLS_session_that_come_byte_by_byte_are_whole(SslProtocols version, Way way)
    {
        var serverOptions = TlsTalk.ServerOptions(_log);
        serverOptions.ProxyProtocol = new();
        await using var server = AnyServer.Of(unix: false, (stream, _) => _exchange.ServeAsync(stream), serverOptions);
        var tls = TlsTalk.ClientOptions();
        (tls.EnabledSslProtocols, tls.AllowTlsResume) = (version, false);

        await TalkAsync(server, way, new StreamClientOptions
        {
            Tls = tls,
            ConnectCallback = static async (context, token) =>
            {
                var socket = FaultProxy.NewSocket(context.EndPoint.AddressFamily);
                await socket.ConnectAsync(context.EndPoint, token);
                await socket.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n"u8.ToArray(), token);
                return socket;
            },
        });
    }

    private async Task TalkAsync(StreamServerBase server, Way way, StreamClientOptions options)
    {
        await server.StartServingAsync().Within();
        await using var proxy = FaultProxy.To(server, new Plan(Fault.Trickle, way));

        var ending = await LineExchange.TalkAsync(proxy.EndPoint, "00", options, pipelined: true);

        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        foreach (var (side, before) in (ReadOnlySpan<(Ending, string)>)[(ending, "ok "), (Assert.Single(_exchange.Served), "")])
        {
            Assert.Null(side.Error);
            Assert.Equal(LineExchange.LineCount, side.Lines.Count);
            Assert.True(LineExchange.IsBeginning(side, before, mayBeCut: false), string.Join('|', side.Lines));
        }

        Assert.Empty(_log.Complaints);
    }
}
