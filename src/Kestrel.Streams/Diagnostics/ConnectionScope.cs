using System.Collections;

namespace Kestrel.Streams;

/// <summary>What every message that is logged within a connection is marked with, as names and values.</summary>
internal sealed class ConnectionScope(ServedConnection connection) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 5;

    // Looked up late: behind a proxy the addresses become known with its header.
    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("ConnectionId", connection.Stream.Id),
        1 => new("Server", connection.Meter.Server),
        2 => new("Endpoint", connection.Meter.Endpoint),
        3 => new("PeerAddress", connection.Stream.Peer()),
        4 => new("LocalAddress", connection.Stream.LocalEndPoint is { } local ? PrintableText.Of(local) : null),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "The scope of a connection has five values, from 0 to 4."),
    };

    public override string ToString() => string.Join(' ', this.Select(static pair => $"{pair.Key}:{pair.Value}"));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
