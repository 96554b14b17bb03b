namespace Kestrel.Streams;

/// <summary>On whose behalf a proxy has opened a connection.</summary>
public enum ProxyCommand
{
    /// <summary>The proxy's own, for a health check: the addresses of the connection are the real ones.</summary>
    Local,

    /// <summary>Its client's: the addresses of the header are those of the connection that the client made.</summary>
    Proxy,
}
