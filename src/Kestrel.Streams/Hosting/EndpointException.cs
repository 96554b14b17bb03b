namespace Kestrel.Streams;

/// <summary>An endpoint of a host that cannot be bound: the message says where it is set, and why.</summary>
internal sealed class EndpointException(string message, Exception cause) : IOException(message, cause);
