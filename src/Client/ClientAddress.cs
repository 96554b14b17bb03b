using System.Diagnostics.CodeAnalysis;

namespace Kestrel.Streams;

/// <summary>The addresses that a client can connect to: those of a server's side only are refused here.</summary>
internal static class ClientAddress
{
    /// <summary>What the callers of a client may write.</summary>
    public const string Kinds = "tcp://host:port, tls://host:port, unix:/path, unix:@name, ws://host/path or wss://host/path";

    /// <summary>Whether there is TLS whatever the options say.</summary>
    public static bool IsSecure(StreamAddress address) => address.Kind is StreamAddressKind.Tls || address.Uri?.Scheme == Uri.UriSchemeWss;

    /// <exception cref="ArgumentException">It is none.</exception>
    public static StreamAddress Parse(string text, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(text, parameterName);
        return TryParse(text, out var address, out var fault)
            ? address
            : throw new ArgumentException($"The address is '{text}': {fault}.", parameterName);
    }

    /// <inheritdoc cref="StreamAddress.TryParse"/>
    public static bool TryParse(string text, [NotNullWhen(true)] out StreamAddress? address, [NotNullWhen(false)] out string? fault)
    {
        if (!StreamAddress.TryParse(text, out address, out fault))
            return false;
        fault = address switch
        {
            { Kind: StreamAddressKind.Descriptor or StreamAddressKind.Systemd } => $"a client cannot connect to that, write {Kinds}",
            { Host: StreamAddress.AllInterfaces } => "it has no host but all interfaces, which only a server has, write the host to connect to",
            { Kind: StreamAddressKind.Tcp or StreamAddressKind.Tls, Port: 0 } => "its port is 0, a port to connect to is from 1 to 65535",
            _ => null,
        };
        if (fault is null)
            return true;
        address = null;
        return false;
    }
}
