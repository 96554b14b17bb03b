using System.Net.Security;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A server with TLS, a client of it, and what the server says of handshakes.</summary>
internal static class TlsTalk
{
    // Many shake hands at once on a small machine: what is about the time of a handshake says so.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    public static StreamServerOptions ServerOptions(LogCapture log) => new()
    {
        LoggerFactory = log.Factory,
        HandshakeTimeout = _patience,
        Tls = new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server },
    };

    public static SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = "localhost",
        CertificateChainPolicy = TestCertificates.TrustAuthority,
    };

    public static async Task<ConnectionStream> ConnectTlsAsync(this StreamServerBase server, SslClientAuthenticationOptions? options = null)
    {
        var client = await server.ConnectAsync();
        await client.StartTlsAsync(options ?? ClientOptions(), _patience).Within();
        return client;
    }

    /// <summary>The line about a handshake that failed, now or later.</summary>
    public static async Task<LogEntry> HandshakeFailureAsync(this LogCapture log)
    {
        var line = await log.FirstAsync(IsHandshakeFailure).Within();
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Null(line.Error);
        Assert.DoesNotContain("\n", line.Message, StringComparison.Ordinal);
        return line;
    }

    /// <summary>What an operator sees of the server who has not asked for more.</summary>
    public static IReadOnlyList<LogEntry> Told(this LogCapture log) =>
        [.. log.OfServer.Where(static entry => entry.Level >= LogLevel.Information && !entry.Message.StartsWith("Server ", StringComparison.Ordinal))];

    private static bool IsHandshakeFailure(LogEntry entry) =>
        entry.Message.StartsWith("The TLS handshake of connection", StringComparison.Ordinal) && entry.Level > LogLevel.Debug;
}
