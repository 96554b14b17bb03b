using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>The certificates of the tests as PEM files, for programs that want such.</summary>
public sealed class CertificateFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks-");

    public CertificateFiles()
    {
        using var key = TestCertificates.Server.GetECDsaPrivateKey()!;
        File.WriteAllText(Authority, TestCertificates.Authority.ExportCertificatePem());
        File.WriteAllText(Server, TestCertificates.Server.ExportCertificatePem());
        File.WriteAllText(ServerKey, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The authority that signed the others.</summary>
    public string Authority => Path.Combine(_directory.FullName, "authority.pem");

    /// <summary>For localhost and its addresses.</summary>
    public string Server => Path.Combine(_directory.FullName, "server.pem");

    public string ServerKey => Path.Combine(_directory.FullName, "server.key");

    public void Dispose() => _directory.Delete(recursive: true);
}
