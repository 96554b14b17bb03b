using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>A folder with a good certificate and its authority, and what a target puts there.</summary>
internal static class CertificateFiles
{
    private static readonly Lazy<string> _folder = new(Make);

    public static string Folder => _folder.Value;

    /// <summary>Writes a file of the one thread that asks.</summary>
    /// <returns>Its name.</returns>
    public static string Write(string name, byte[] content)
    {
        name = FormattableString.Invariant($"{Environment.CurrentManagedThreadId}-{name}");
        File.WriteAllBytes(Path.Combine(Folder, name), content);
        return name;
    }

    private static string Make()
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "certificates")).FullName;
        var server = TestCertificates.Server;
        File.WriteAllText(Path.Combine(folder, "good.pem"), server.ExportCertificatePem() + "\n" + server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder, "ca.pem"), TestCertificates.Authority.ExportCertificatePem());
        return folder;
    }
}
