using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>gnutls-cli, which copies its input and output and says good-bye when its input ends; over TCP only.</summary>
public sealed class GnuTls(params string[] options) : IPeerClient
{
    public Peer Connect(Place place)
    {
        var tls = place.Tls!;
        string[] certificate = tls is { Mutual: true, ClientHasCertificate: true }
            ? ["--x509certfile", tls.Certificates.ClientFile, "--x509keyfile", tls.Certificates.ClientFile]
            : [];
        return Peer.Start(
            "gnutls-cli",
            [
                "--port", place.Port.ToString(CultureInfo.InvariantCulture),
                "--priority", tls.Version == TlsVersion.Tls12 ? "NORMAL:-VERS-ALL:+VERS-TLS1.2" : "NORMAL:-VERS-ALL:+VERS-TLS1.3",
                "--x509cafile", tls.Certificates.AuthorityFile,
                "--sni-hostname", TlsTerms.ServerName,
                "--verify-hostname", tls.ExpectedName,
                "--logfile", place.FileAt("gnutls-cli.log"),
                .. certificate,
                .. options,
                "127.0.0.1",
            ]);
    }
}
