namespace Kestrel.Streams;

/// <summary>What holds for the connections of one endpoint.</summary>
/// <param name="Name">The endpoint in logs, metrics and traces.</param>
/// <param name="Tls">The TLS of its connections; null for none.</param>
internal sealed record EndpointTerms(string Name, ServerTls? Tls)
{
    /// <summary>The PROXY header of its connections; null for none.</summary>
    public ProxyGate? Proxy { get; init; }

    /// <summary>Who may connect to its Unix socket; null for whoever can.</summary>
    public Func<UnixPeerCredentials, bool>? AllowPeer { get; init; }

    /// <summary>The mode and the group of the file of its Unix socket.</summary>
    public UnixFileAccess FileAccess { get; init; } = UnixFileAccess.Default;

    /// <summary>What the options of a server say for an endpoint that has nothing of its own.</summary>
    /// <exception cref="ArgumentException">They cannot be meant.</exception>
    public static EndpointTerms Of(string name, StreamServerOptions options) => new(name, ServerTls.Of(options))
    {
        Proxy = ProxyGate.Of(options.ProxyProtocol, options),
        AllowPeer = options.AllowPeer,
        FileAccess = new UnixFileAccess(options.UnixFileMode, options.UnixGroup),
    };
}
