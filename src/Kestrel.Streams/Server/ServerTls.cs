using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams;

/// <summary>The TLS of a server: its options, and the handshake of each connection.</summary>
internal sealed class ServerTls
{
    private readonly TimeSpan _handshakeTimeout;

    private ServerTls(SslServerAuthenticationOptions options, TimeSpan handshakeTimeout)
    {
        Options = options;
        _handshakeTimeout = handshakeTimeout;
    }

    public SslServerAuthenticationOptions Options { get; }

    /// <summary>What the options of a server say about TLS, as they are now; null when they say none.</summary>
    /// <exception cref="ArgumentException">They have no certificate, or one without its key, or a handshake timeout without TLS.</exception>
    public static ServerTls? Of(StreamServerOptions options)
    {
        if (options.Tls is not { } tls)
        {
            return options.HasHandshakeTimeout
                ? throw new ArgumentException("HandshakeTimeout is set and Tls is not: set both, or leave it.", nameof(options))
                : null;
        }

        return Of(tls, options.HandshakeTimeout);
    }

    /// <summary>What is said about TLS, as it is now.</summary>
    /// <exception cref="ArgumentException">There is no certificate, or one without its key.</exception>
    public static ServerTls Of(SslServerAuthenticationOptions tls, TimeSpan handshakeTimeout)
    {
        if (tls is { ServerCertificate: null, ServerCertificateContext: null, ServerCertificateSelectionCallback: null })
        {
            throw new ArgumentException(
                "Tls has no certificate: set its ServerCertificate, ServerCertificateContext or ServerCertificateSelectionCallback.", nameof(tls));
        }

        if (tls is { ServerCertificate: X509Certificate2 { HasPrivateKey: false } certificate, ServerCertificateContext: null })
        {
            throw new ArgumentException(
                $"The certificate of Tls for {certificate.Subject} has no private key: load it together with its key.", nameof(tls));
        }

        return new ServerTls(Copy(tls), handshakeTimeout);
    }

    /// <summary>Does the handshake of a connection that was just accepted. When it fails, the stream is closed.</summary>
    public ValueTask ShakeHandsAsync(ConnectionStream stream) => stream.StartTlsAsync(Options, _handshakeTimeout, CancellationToken.None);

    /// <summary>Why a handshake has failed, for the log; null when that is no matter of the two sides, but a fault of somebody's code.</summary>
    public static string? WhyItFailed(Exception error) => error switch
    {
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.TimedOut } } => error.Message.TrimEnd('.'),
        // The one that tells an alert or OpenSSL's reason is at the bottom.
        AuthenticationException or IOException => error.GetBaseException().Message.TrimEnd('.'),
        _ => null,
    };

    private static SslServerAuthenticationOptions Copy(SslServerAuthenticationOptions tls)
    {
        var copy = new SslServerAuthenticationOptions
        {
            AllowRenegotiation = tls.AllowRenegotiation,
            AllowTlsResume = tls.AllowTlsResume,
            ApplicationProtocols = tls.ApplicationProtocols is { } protocols ? [.. protocols] : null,
            CertificateChainPolicy = tls.CertificateChainPolicy?.Clone(),
            CertificateRevocationCheckMode = tls.CertificateRevocationCheckMode,
            CipherSuitesPolicy = tls.CipherSuitesPolicy,
            ClientCertificateRequired = tls.ClientCertificateRequired,
            EnabledSslProtocols = tls.EnabledSslProtocols,
            EncryptionPolicy = tls.EncryptionPolicy,
            RemoteCertificateValidationCallback = tls.RemoteCertificateValidationCallback,
            ServerCertificate = tls.ServerCertificate,
            ServerCertificateContext = tls.ServerCertificateContext,
            ServerCertificateSelectionCallback = tls.ServerCertificateSelectionCallback,
        };
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            copy.AllowRsaPkcs1Padding = tls.AllowRsaPkcs1Padding;
            copy.AllowRsaPssPadding = tls.AllowRsaPssPadding;
        }

        // The chain to send is built here once and without the network, not for each connection.
        if (copy is { ServerCertificate: X509Certificate2 certificate, ServerCertificateContext: null, ServerCertificateSelectionCallback: null })
            copy.ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        return copy;
    }
}
