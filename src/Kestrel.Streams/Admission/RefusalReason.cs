namespace Kestrel.Streams;

/// <summary>Why a connection was accepted and got no handler: the words that logs and metrics have for it.</summary>
internal static class RefusalReason
{
    public const string PeerNotAllowed = "peer_not_allowed";
    public const string ProxyUntrusted = "proxy_untrusted";
    public const string ProxyInvalid = "proxy_invalid";
    public const string ProxyTimeout = "proxy_timeout";
    public const string Stopping = "stopping";
}
