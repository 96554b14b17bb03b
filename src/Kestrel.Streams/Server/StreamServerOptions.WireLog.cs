namespace Kestrel.Streams;

public partial class StreamServerOptions
{
    /// <summary>
    /// Chooses the connections whose bytes are logged, in hex and text, under the category <c>Kestrel.Streams.Wire</c> at Information; null,
    /// none, unless set. It is asked for each connection before its handler is called; one at which it throws is aborted, as if its handler
    /// had failed.
    /// </summary>
    /// <remarks>
    /// What is logged is the plaintext above TLS, passwords and all. <see cref="WireLogExtensions.LogWire"/> does it for a stream that is
    /// open already. It needs a <see cref="LoggerFactory"/>: without one only warnings and errors are written.
    /// </remarks>
    public Func<ConnectionStream, bool>? WireLog { get; set; }
}
