using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>How a conversation is encrypted: the same for our end and for the other program, whoever connects.</summary>
public sealed record TlsTerms(Certificates Certificates, TlsVersion Version = TlsVersion.Tls13)
{
    public const string ServerName = "localhost";

    /// <summary>The name that the client wants to see in the server's certificate.</summary>
    public string ExpectedName { get; init; } = ServerName;

    /// <summary>Whether the server wants a certificate of the client.</summary>
    public bool Mutual { get; init; }

    /// <summary>Whether the client has one.</summary>
    public bool ClientHasCertificate { get; init; } = true;

    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        EnabledSslProtocols = Protocols,
        ServerCertificateContext = SslStreamCertificateContext.Create(Certificates.Server, additionalCertificates: null, offline: true),
        ClientCertificateRequired = Mutual,
        CertificateChainPolicy = Policy,
    };

    public SslClientAuthenticationOptions ClientOptions() => new()
    {
        EnabledSslProtocols = Protocols,
        TargetHost = ExpectedName,
        CertificateChainPolicy = Policy,
        ClientCertificateContext = Mutual && ClientHasCertificate
            ? SslStreamCertificateContext.Create(Certificates.Client, additionalCertificates: null, offline: true)
            : null,
    };

    private SslProtocols Protocols => Version == TlsVersion.Tls12 ? SslProtocols.Tls12 : SslProtocols.Tls13;

    private X509ChainPolicy Policy => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Certificates.Authority },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}

public enum TlsVersion
{
    Tls12,
    Tls13,
}
