using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>openssl's s_client and s_server, which copy their input and output; the terms are those of the place.</summary>
/// <remarks>
/// At the end of its input s_client stays, unless told, and s_server leaves without a word. s_server takes some letters at the
/// beginning of its input for commands: send it digits.
/// </remarks>
public sealed class OpenSsl(params string[] options) : IPeerProgram
{
    public Peer Connect(Place place)
    {
        var tls = place.Tls!;
        string[] address = place.Network == Network.Tcp
            ? ["-connect", $"127.0.0.1:{place.Port.ToString(CultureInfo.InvariantCulture)}"]
            : ["-unix", place.Path];
        string[] certificate = tls is { Mutual: true, ClientHasCertificate: true } ? ["-cert", tls.Certificates.ClientFile] : [];
        string[] trust = ["-CAfile", tls.Certificates.AuthorityFile, "-verify_return_error", "-verify_hostname", tls.ExpectedName];
        return Peer.Start(
            "openssl", ["s_client", "-quiet", .. address, Version(tls), "-servername", TlsTerms.ServerName, .. trust, .. certificate, .. options]);
    }

    public Task<Peer> ListenAsync(Place place)
    {
        var tls = place.Tls!;
        string[] address = place.Network == Network.Tcp ? ["-accept", "127.0.0.1:0"] : ["-unix", place.Path];
        string[] client = tls.Mutual ? ["-Verify", "1", "-verify_return_error", "-CAfile", tls.Certificates.AuthorityFile] : [];
        return Peer.StartAsync(
            "openssl",
            ["s_server", .. address, "-naccept", "1", Version(tls), "-cert", tls.Certificates.ServerFile, .. client, .. options],
            async peer =>
            {
                var line = await peer.LineAsync("ACCEPT");
                if (place.Network == Network.Tcp)
                    place.Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
            });
    }

    /// <summary>
    /// s_server's last line about the handshake. Its output goes on with what it receives; much input must not come before, or it
    /// comes to a halt.
    /// </summary>
    public static Task ServerHandshakeAsync(Peer server) => server.LineAsync("Secure Renegotiation IS");

    private static string Version(TlsTerms tls) => tls.Version == TlsVersion.Tls12 ? "-tls1_2" : "-tls1_3";
}
