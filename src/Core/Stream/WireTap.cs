namespace Kestrel.Streams;

/// <summary>
/// Sees what a stream receives and sends, above its TLS. Called in the order of the bytes, under a lock of the half they pass: it must be
/// brief and must not call the stream. One call at a time for each direction.
/// </summary>
internal abstract class WireTap
{
    /// <summary>These bytes were received, and nobody has read them yet.</summary>
    public abstract void Received(ReadOnlySpan<byte> data);

    /// <summary>The end of the input was received.</summary>
    public abstract void ReceivedEnd();

    /// <summary>These bytes are about to be sent.</summary>
    public abstract void Sending(ReadOnlySpan<byte> data);

    /// <summary>So many bytes of a file are about to be sent.</summary>
    public abstract void SendingFile(string name, long count);
}
