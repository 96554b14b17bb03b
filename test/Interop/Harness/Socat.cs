using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>socat between the connection and something else: its own input and output unless said. It has TLS over TCP only.</summary>
public sealed class Socat(string other = "-", string listenOptions = "") : IPeerProgram
{
    // After one direction has ended socat waits this long for the other; half a second unless told.
    private static readonly string[] _patience = ["-t", "30"];

    public Peer Connect(Place place) => Peer.Start("socat", [.. _patience, other, (place.Network, place.Tls) switch
    {
        (Network.Unix, _) => $"UNIX-CONNECT:{place.Path}",
        (_, null) => $"TCP:127.0.0.1:{place.Port}",
        var (_, tls) => $"OPENSSL:127.0.0.1:{place.Port},cafile={tls.Certificates.AuthorityFile},commonname={tls.ExpectedName}"
            + $"{(tls is { Mutual: true, ClientHasCertificate: true } ? $",cert={tls.Certificates.ClientFile}" : "")},{Version(tls)}",
    }]);

    public Task<Peer> ListenAsync(Place place)
    {
        var address = (place.Network, place.Tls) switch
        {
            (Network.Unix, _) => $"UNIX-LISTEN:{place.Path}",
            (_, null) => $"TCP-LISTEN:{place.Port},bind=127.0.0.1",
            var (_, tls) => $"OPENSSL-LISTEN:{place.Port},bind=127.0.0.1,cert={tls.Certificates.ServerFile},cafile={tls.Certificates.AuthorityFile}"
                + $",verify={(tls.Mutual ? 1 : 0)},{Version(tls)}",
        };
        return Peer.StartAsync("socat", ["-d", "-d", .. _patience, address + listenOptions, other], async peer =>
        {
            var line = await peer.ErrorLineAsync("listening on");
            if (place.Network == Network.Tcp)
                place.Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        });
    }

    private static string Version(TlsTerms tls)
    {
        var version = tls.Version == TlsVersion.Tls12 ? "TLS1.2" : "TLS1.3";
        return $"openssl-min-proto-version={version},openssl-max-proto-version={version}";
    }
}
