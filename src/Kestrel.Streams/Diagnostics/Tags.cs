namespace Kestrel.Streams;

/// <summary>The names of what measurements and spans are told apart by: OpenTelemetry's where it has one.</summary>
internal static class Tags
{
    public const string Server = "server.name";
    public const string Endpoint = "endpoint";
    public const string Reason = "reason";
    public const string Timeout = "timeout";
    public const string Outcome = "outcome";
    public const string Direction = "network.io.direction";
    public const string ErrorType = "error.type";
    public const string TlsVersion = "tls.protocol.version";
    public const string Transport = "network.transport";
    public const string NetworkType = "network.type";
    public const string PeerAddress = "network.peer.address";
    public const string PeerPort = "network.peer.port";
    public const string LocalAddress = "network.local.address";
    public const string LocalPort = "network.local.port";
    public const string ClientAddress = "client.address";
    public const string ClientPort = "client.port";
    public const string ConnectionId = "connection.id";
}
