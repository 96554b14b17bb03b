using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

[assembly: AssemblyFixture(typeof(Kestrel.Streams.Tests.Certificates))]

namespace Kestrel.Streams.Tests;

/// <summary>
/// An authority of the tests and what it has signed: a certificate for a server at localhost or 127.0.0.1, and one for a client.
/// All are also PEM files for other programs, which go with the last test.
/// </summary>
public sealed class Certificates : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly DateTimeOffset _from = TimeProvider.System.GetUtcNow().AddDays(-1), _until = TimeProvider.System.GetUtcNow().AddDays(2);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks-certificates-");

    public Certificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("CN=Authority of the tests", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Authority = request.CreateSelfSigned(_from, _until);
        File.WriteAllText(AuthorityFile, Authority.ExportCertificatePem());

        Server = Sign("CN=localhost", ServerUse, ServerFile);
        Client = Sign("CN=client of the tests", ClientUse, ClientFile);
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Client { get; }

    /// <summary>Where the files are.</summary>
    public string Folder => _directory.FullName;

    public string AuthorityFile => Path.Combine(Folder, "authority.pem");

    /// <summary>The certificate, and behind it its key.</summary>
    public string ServerFile => Path.Combine(Folder, "server.pem");

    /// <summary>The certificate, and behind it its key.</summary>
    public string ClientFile => Path.Combine(Folder, "client.pem");

    public void Dispose()
    {
        foreach (var certificate in (X509Certificate2[])[Authority, Server, Client])
            certificate.Dispose();
        _directory.Delete(recursive: true);
    }

    private X509Certificate2 Sign(string name, string use, string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (use == ServerUse)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using var signed = request.Create(Authority, _from, _until, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(file, $"{signed.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string name, ECDsa key) => new(name, key, HashAlgorithmName.SHA256);
}
