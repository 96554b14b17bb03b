using System.Net;
using System.Net.Security;

namespace Kestrel.Streams;

/// <summary>What the options of a connect say of TLS, checked before anything is connected.</summary>
internal static class ClientTls
{
    /// <summary>The options of the handshake, a copy with the server's name in it; null where there is to be no TLS.</summary>
    /// <param name="options">The options of the connect.</param>
    /// <param name="target">Where to; null for a socket that is connected already.</param>
    /// <param name="always">Whether there is TLS also where the options have none, as <c>tls://</c> says.</param>
    /// <exception cref="ArgumentException">They cannot be meant.</exception>
    public static SslClientAuthenticationOptions? For(StreamClientOptions options, EndPoint? target, bool always = false)
    {
        if (options.Tls is null && !always)
        {
            if (options.ServerHostname is { } unused)
                throw new ArgumentException($"ServerHostname is {unused} and there is no TLS: set Tls, or leave it null.", nameof(options));
            if (options.HasHandshakeTimeout)
            {
                throw new ArgumentException(
                    $"HandshakeTimeout is {options.HandshakeTimeout} and there is no TLS: set Tls, or leave it unset.", nameof(options));
            }

            return null;
        }

        var tls = TlsOptionsCopy.Of(options.Tls ?? new());
        tls.TargetHost = options.ServerHostname ?? (string.IsNullOrEmpty(tls.TargetHost) ? HostOf(target) : tls.TargetHost);
        return tls.TargetHost is not null
            ? tls
            : throw new ArgumentException(
                "Tls is set and there is no name to check the certificate for: set ServerHostname to the name it must have.", nameof(options));
    }

    private static string? HostOf(EndPoint? target) => target switch
    {
        DnsEndPoint dns => dns.Host,
        IPEndPoint ip => ip.Address.ToString(),
        _ => null,
    };
}
