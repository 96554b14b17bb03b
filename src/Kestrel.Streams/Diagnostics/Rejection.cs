namespace Kestrel.Streams;

/// <summary>Why a connection was accepted and got no handler: the words that metrics and traces have for it.</summary>
internal static class Rejection
{
    public const string Full = "full";
    public const string AddressFull = "address_full";
    public const string HandshakeFailed = "handshake_failed";
    public const string Stopping = "stopping";
}
