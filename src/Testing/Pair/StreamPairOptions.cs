using System.Net;

namespace Kestrel.Streams.Testing;

/// <summary>What lies between the two ends of a pair, and what they know of each other. The values are read once, when the pair is made.</summary>
public sealed class StreamPairOptions
{
    /// <summary>The way of the bytes to the server's end.</summary>
    public WireOptions ToServer { get; } = new();

    /// <summary>The way of the bytes to the client's end.</summary>
    public WireOptions ToClient { get; } = new();

    /// <summary>The clock of latencies and pauses; the system's unless set.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    /// <summary>How both streams buffer, or null for the defaults. The handler of a <see cref="StreamHandlerHost{THandler}"/> may have options of its own, which go before.</summary>
    public ConnectionStreamOptions? Streams { get; set; }

    /// <summary>The address of the client: the server's <see cref="ConnectionStream.RemoteEndPoint"/>; null for none.</summary>
    public EndPoint? ClientEndPoint { get; set; }

    /// <summary>The address of the server: the client's <see cref="ConnectionStream.RemoteEndPoint"/>; null for none.</summary>
    public EndPoint? ServerEndPoint { get; set; }

    /// <summary>
    /// What the server's end tells by <see cref="ConnectionStream.GetExtraInfo"/>: a <c>user</c>, a <c>peercert</c>, a <c>proxy</c> header,
    /// whatever the code under test asks for.
    /// </summary>
    public IDictionary<string, object> ServerExtraInfo { get; } = new Dictionary<string, object>(StringComparer.Ordinal);
}
