namespace Kestrel.Streams;

/// <summary>Why a connection was accepted and got no handler: the words that logs, metrics and traces have for it.</summary>
internal static class RefusalReason
{
    public const string Full = "full";
    public const string AddressFull = "address_full";
    public const string PeerNotAllowed = "peer_not_allowed";
    public const string ProxyUntrusted = "proxy_untrusted";
    public const string ProxyInvalid = "proxy_invalid";
    public const string ProxyTimeout = "proxy_timeout";
    public const string HandshakeFailed = "handshake_failed";
    public const string Stopping = "stopping";
}
