using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>The certificates of the tests as PEM files.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("client-");

    public string FileAt(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(FileAt(name), text);
        return FileAt(name);
    }

    public string Authority() => Write("ca.pem", TestCertificates.Authority.ExportCertificatePem());

    public (string Certificate, string Key) Client() => (
        Write("client.pem", TestCertificates.Client.ExportCertificatePem()),
        Write("client.key", TestCertificates.Client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));

    public void Dispose() => _folder.Delete(recursive: true);
}
