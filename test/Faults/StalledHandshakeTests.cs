using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>A peer that stalls for ever within a TLS handshake: <c>HandshakeTimeout</c> holds it, on either side.</summary>
public sealed class StalledHandshakeTests : IDisposable
{
    private static readonly TimeSpan _short = TimeSpan.FromSeconds(0.3);

    // In this time a client has to come to where it stalls, also on a busy machine.
    private static readonly TimeSpan _longer = TimeSpan.FromSeconds(2);

    private readonly LogCapture _log = new();

    public static MatrixTheoryData<SslProtocols, bool> Cases => new([SslProtocols.Tls12, SslProtocols.Tls13], [false, true]);

    public void Dispose() => _log.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_server_gives_up_wherever_its_client_stalls(SslProtocols version, bool unix)
    {
        var whole = await HandshakeLengthAsync(version, unix);
        var options = TlsTalk.ServerOptions(_log);
        options.HandshakeTimeout = _longer;
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), options);
        await server.StartServingAsync().Within();

        // Nothing, a part of the first record's head, of the hello, and all but the last byte of the client's last flight.
        var stalled = new List<FaultProxy>();
        var connecting = new List<Task>();
        foreach (var behind in (long[])[0, 1, 5, 100, whole - 1])
        {
            stalled.Add(FaultProxy.To(server, new Plan(Fault.Stall, Way.ToServer, behind)));
            connecting.Add(ConnectAsync(stalled[^1], version, TimeSpan.FromMinutes(1)));
        }

        await Task.WhenAll(stalled.Select(static proxy => proxy.Struck)).Within();
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0 && _log.Told().Count == stalled.Count);

        Assert.All(_log.Told(), static entry => Assert.Contains("longer than 2 seconds", entry.Message, StringComparison.Ordinal));
        Assert.Empty(_log.Complaints);
        foreach (var proxy in stalled) await proxy.DisposeAsync();
        // A client of TLS 1.3 is done when it has said its last, heard or not; the others are not.
        foreach (var connect in version == SslProtocols.Tls13 ? connecting[..^1] : connecting) await Assert.ThrowsAnyAsync<IOException>(() => connect).Within();
        await Task.WhenAll(connecting).ContinueWith(static _ => { }, TaskScheduler.Default).Within();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_client_gives_up_wherever_its_server_stalls(SslProtocols version, bool unix)
    {
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), TlsTalk.ServerOptions(_log));
        await server.StartServingAsync().Within();

        await Task.WhenAll(((long[])[0, 1, 5, 100, 500]).Select(async behind =>
        {
            await using var proxy = FaultProxy.To(server, new Plan(Fault.Stall, Way.ToClient, behind));

            var error = await Assert.ThrowsAsync<IOException>(() => ConnectAsync(proxy, version, _short)).Within();

            Assert.Contains("took longer than 0.3 seconds", error.Message, StringComparison.Ordinal);
            Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        }));

        // The server has lost its clients too.
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        Assert.Empty(_log.Complaints);
    }

    /// <summary>How many bytes a client says until it can hear the first of the server's handler.</summary>
    private async Task<long> HandshakeLengthAsync(SslProtocols version, bool unix)
    {
        await using var server = AnyServer.Of(unix, static (stream, _) => stream.WriteAsync("hello\n").AsTask(), TlsTalk.ServerOptions(_log));
        await server.StartServingAsync().Within();
        await using var proxy = FaultProxy.To(server, new Plan(Fault.None));
        await using var client = await StreamClient.ConnectAsync(proxy.EndPoint, Options(version, TimeSpan.FromMinutes(1))).Within();
        await client.HearLineAsync();
        return proxy.Passed.ToServer;
    }

    private static async Task ConnectAsync(FaultProxy proxy, SslProtocols version, TimeSpan timeout)
    {
        await using var stream = await StreamClient.ConnectAsync(proxy.EndPoint, Options(version, timeout));
    }

    private static StreamClientOptions Options(SslProtocols version, TimeSpan timeout)
    {
        var tls = TlsTalk.ClientOptions();
        (tls.EnabledSslProtocols, tls.AllowTlsResume) = (version, false);
        return new StreamClientOptions { Tls = tls, HandshakeTimeout = timeout };
    }
}
