namespace Kestrel.Streams;

/// <content>What a server counts and watches without a cost on the way of the bytes: it looks at these now and then.</content>
public sealed partial class ConnectionStream
{
    /// <summary>How many bytes were received for whoever reads; those of a TLS handshake are not among them.</summary>
    internal long BytesReceived { get; set; }

    /// <summary>How many bytes were sent of what was written.</summary>
    internal long BytesSent => Output.Sent;

    /// <summary>Whether a TLS handshake is under way, which has a time of its own.</summary>
    internal bool ShakesHands => _startsTls;

    /// <summary>How many lines or records were over the limit.</summary>
    internal int LimitOverruns { get; private set; }
}
