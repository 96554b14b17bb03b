using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Samples.Smtp;

/// <summary>What the command line says.</summary>
internal sealed class SmtpSettings
{
    private const string Usage =
        "Usage: Smtp [port] [--directory DIR] [--certificate FILE.pem --key FILE.pem] [--size BYTES] [--idle SECONDS]";

    public int Port { get; private set; } = 2525;

    /// <summary>Where each mail goes as a file; null for nowhere.</summary>
    public string? Directory { get; private set; }

    /// <summary>The most bytes that a mail may have.</summary>
    public int MaxSize { get; private set; } = 10 * 1024 * 1024;

    /// <summary>How long the client may take for each line, and for reading what it is told.</summary>
    public TimeSpan IdleTimeout { get; private set; } = TimeSpan.FromMinutes(5); // what RFC 5321 asks for, 4.5.3.2.7

    /// <summary>What STARTTLS starts: a certificate that nobody trusts, unless there is one on the command line.</summary>
    public SslServerAuthenticationOptions Tls { get; } = new();

    /// <exception cref="FormatException">The arguments cannot be meant.</exception>
    public static SmtpSettings From(string[] args)
    {
        var settings = new SmtpSettings();
        var (certificate, key) = ("", "");
        if (args is [var first, .. var rest] && ushort.TryParse(first, out var port))
            (settings.Port, args) = (port, rest);

        foreach (var option in args.Chunk(2))
        {
            switch (option)
            {
                case ["--directory", var path] when System.IO.Directory.Exists(path): settings.Directory = path; break;
                case ["--directory", var path]: throw new FormatException($"There is no directory '{path}' for the mails: make it first.");
                case ["--certificate", var path]: certificate = path; break;
                case ["--key", var path]: key = path; break;
                case ["--size", var text] when int.TryParse(text, out var size) && size > 0: settings.MaxSize = size; break;
                case ["--idle", var text] when int.TryParse(text, out var idle) && idle is > 0 and < 1_000_000:
                    settings.IdleTimeout = TimeSpan.FromSeconds(idle);
                    break;
                default: throw new FormatException($"'{string.Join(' ', option)}' cannot be understood. {Usage}");
            }
        }

        settings.Tls.ServerCertificateContext = (certificate, key) switch
        {
            ("", "") => SslStreamCertificateContext.Create(DevelopmentCertificate.Create(), additionalCertificates: null, offline: true),
            ("", _) or (_, "") => throw new FormatException($"A certificate needs its key, and a key its certificate: give both. {Usage}"),
            _ => Load(certificate, key),
        };
        return settings;
    }

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        try
        {
            var chain = new X509Certificate2Collection(); // the authorities in between are in the file as well
            chain.ImportFromPemFile(certificate);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, key), chain, offline: true);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"The certificate in {certificate} with the key in {key} cannot be used: {error.Message}", error);
        }
    }
}
