using System.Security.Cryptography.X509Certificates;

[assembly: AssemblyFixture(typeof(Kestrel.Streams.Tests.Certificates))]

namespace Kestrel.Streams.Tests;

/// <summary>The certificates of the tests as PEM files for other programs, which go with the last test.</summary>
public sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks-certificates-");

    public Certificates()
    {
        File.WriteAllText(AuthorityFile, Authority.ExportCertificatePem());
        WriteWithKey(ServerFile, Server);
        WriteWithKey(ClientFile, Client);
    }

    public X509Certificate2 Authority => TestCertificates.Authority;

    /// <summary>For localhost and 127.0.0.1.</summary>
    public X509Certificate2 Server => TestCertificates.Server;

    public X509Certificate2 Client => TestCertificates.Client;

    /// <summary>Where the files are.</summary>
    public string Folder => _directory.FullName;

    public string AuthorityFile => Path.Combine(Folder, "authority.pem");

    /// <summary>The certificate, and behind it its key.</summary>
    public string ServerFile => Path.Combine(Folder, "server.pem");

    /// <summary>The certificate, and behind it its key.</summary>
    public string ClientFile => Path.Combine(Folder, "client.pem");

    public void Dispose() => _directory.Delete(recursive: true);

    private static void WriteWithKey(string file, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
