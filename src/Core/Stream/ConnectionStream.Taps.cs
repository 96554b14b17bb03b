namespace Kestrel.Streams;

/// <content>Those who watch the bytes: while there are none, the bytes pay the read of a field for it.</content>
public sealed partial class ConnectionStream
{
    // Replaced as a whole, so that the halves need no lock of ours.
    private volatile WireTap[]? _taps;

    /// <summary>Those who watch; null for nobody.</summary>
    internal WireTap[]? Taps => _taps;

    /// <summary>Lets it see all bytes from now on.</summary>
    internal void Add(WireTap tap)
    {
        lock (_gate) _taps = [.. _taps ?? [], tap];
    }

    /// <summary>Lets it see no more; a call of it may still be under way.</summary>
    internal void Remove(WireTap tap)
    {
        lock (_gate)
        {
            if (_taps is { } taps && Array.FindAll(taps, other => other != tap) is var rest) _taps = rest.Length > 0 ? rest : null;
        }
    }
}
