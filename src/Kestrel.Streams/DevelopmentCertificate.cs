using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams;

/// <summary>A certificate for trying things out, which no client trusts by itself. asyncio has none.</summary>
public static class DevelopmentCertificate
{
    private static readonly string[] _ofThisMachine = ["localhost", "127.0.0.1", "::1"];

    /// <summary>Makes a self-signed certificate with a new key. It is kept nowhere, and valid for a year from yesterday.</summary>
    /// <param name="names">The host names and IP addresses it is for; none for <c>localhost</c>, 127.0.0.1 and ::1.</param>
    /// <returns>
    /// The certificate with its private key: the server's <see cref="System.Net.Security.SslServerAuthenticationOptions.ServerCertificate"/>.
    /// A client trusts it when it is in the <see cref="X509ChainPolicy.CustomTrustStore"/> of its chain policy.
    /// </returns>
    /// <exception cref="ArgumentException">A name is empty or no host name.</exception>
    public static X509Certificate2 Create(params ReadOnlySpan<string> names)
    {
        if (names.IsEmpty) names = _ofThisMachine;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(names[0]);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(AlternativeNames(names));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // server authentication
        var yesterday = TimeProvider.System.GetUtcNow().AddDays(-1);
        return request.CreateSelfSigned(yesterday, yesterday.AddYears(1));
    }

    private static X509Extension AlternativeNames(ReadOnlySpan<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(names));
            if (IPAddress.TryParse(name, out var address)) builder.AddIpAddress(address);
            else builder.AddDnsName(name);
        }

        return builder.Build();
    }
}
