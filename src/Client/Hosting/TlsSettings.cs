using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams;

/// <summary>The TLS of a client as configuration has it: whom to trust, and who the client is.</summary>
internal static class TlsSettings
{
    public static void Read(SettingsReader settings, StreamClientOptions options)
    {
        const string CaFile = "CaFile", CertificateFile = "CertificateFile", KeyFile = "KeyFile";
        var (ca, certificate, key) = (settings.Text(CaFile), settings.Text(CertificateFile), settings.Text(KeyFile));
        if (!settings.IsThere)
            return;

        var tls = options.Tls is null ? new() : TlsOptionsCopy.Of(options.Tls);
        options.Tls = tls;
        if (ca is not null)
            tls.CertificateChainPolicy = FromFile(settings, CaFile, () => Trusting(ca, tls.CertificateRevocationCheckMode)) ?? tls.CertificateChainPolicy;
        if (certificate is not null)
            tls.ClientCertificateContext = FromFile(settings, CertificateFile, () => Own(certificate, key)) ?? tls.ClientCertificateContext;
        else if (key is not null)
            settings.Missing(CertificateFile, $"write the PEM file of the certificate that {KeyFile} belongs to");
    }

    /// <summary>Trusts what the file has and nothing else.</summary>
    private static X509ChainPolicy Trusting(string file, X509RevocationMode revocation)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = revocation };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("there is no certificate in it");
    }

    /// <summary>The first certificate is the client's own; what follows leads from it to the authority.</summary>
    private static SslStreamCertificateContext Own(string file, string? keyFile)
    {
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPemFile(file, keyFile);
        }
        catch (ArgumentException other)
        {
            throw new CryptographicException("the key is not the one of this certificate", other);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    private static T? FromFile<T>(SettingsReader settings, string key, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // The last is that of a path with a NUL in it.
            settings.Fault(key, $"it cannot be used as a PEM file: {error.Message.TrimEnd('.')}");
            return null;
        }
    }
}
