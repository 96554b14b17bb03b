using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams;

/// <summary>A certificate in the configuration: a file of it, as PEM with its key or as PKCS #12.</summary>
internal static class CertificateSettings
{
    private static readonly string[] _pemNames = [".pem", ".crt", ".cer"];

    /// <summary>The TLS with the certificate that the section names; null where there is none, or a fault.</summary>
    public static SslServerAuthenticationOptions? Read(SettingsReader section, string? contentRoot)
    {
        var (path, keyPath, password) = (section.Text("Path"), section.Text("KeyPath"), section.Text("Password"));
        var development = section.Boolean("Development");
        if (!section.IsThere) return null;
        if (development == true)
        {
            if (path is null) return new SslServerAuthenticationOptions { ServerCertificate = DevelopmentCertificate.Create() };
            section.Fault("Development", "there is a Path as well, give one of them");
            return null;
        }

        if (path is null)
        {
            section.Missing("Path", "write the file of the certificate, as PEM or as PKCS #12");
            return null;
        }

        var root = contentRoot ?? Environment.CurrentDirectory;
        path = Path.Combine(root, path);
        if (keyPath is not null) keyPath = Path.Combine(root, keyPath);
        if (!File.Exists(path)) section.Fault("Path", $"there is no such file ({path})");
        else if (keyPath is not null && !File.Exists(keyPath)) section.Fault("KeyPath", $"there is no such file ({keyPath})");
        else return Load(section, path, keyPath, password);
        return null;
    }

    private static SslServerAuthenticationOptions? Load(SettingsReader section, string path, string? keyPath, string? password)
    {
        try
        {
            var isPem = keyPath is not null || _pemNames.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
            var certificate = !isPem ? X509CertificateLoader.LoadPkcs12FromFile(path, password)
                : password is null ? X509Certificate2.CreateFromPemFile(path, keyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
            var chain = new X509Certificate2Collection();
            if (isPem) chain.ImportFromPemFile(path);
            // What stands behind the certificate in its file is sent with it, and nothing is looked for in the network.
            return new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            };
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            section.Fault("Path", $"it cannot be used ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}), give a certificate with its key (KeyPath, Password)");
            return null;
        }
    }
}
