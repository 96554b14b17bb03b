namespace Kestrel.Streams.Tests;

/// <summary>What a read must give: bytes, or a fault with the bytes it has in it.</summary>
internal sealed record Expected(byte[] Bytes, string Fault = "");

/// <summary>The reads of the contract over all bytes at once: what they give, and what is left.</summary>
internal sealed class RecordsModel(byte[] all, int limit)
{
    private int _at;

    public bool IsDone => _at == all.Length;

    public byte[] Rest() => Take(all.Length - _at);

    public Expected Exactly(int count) => count <= all.Length - _at ? new(Take(count)) : new(Rest(), nameof(IncompleteReadException));

    /// <summary>The record whose end comes first, the shortest separator on a tie.</summary>
    public Expected Record(byte[][] separators, bool isLine)
    {
        var longest = separators.Max(static separator => separator.Length);
        for (var end = _at + 1; end <= all.Length; end++)
        {
            var found = separators.Where(separator => EndsWith(end, separator)).MinBy(static separator => separator.Length);
            if (found is null) continue;
            return end - found.Length - _at > limit ? new([], nameof(LimitOverrunException)) : new(Take(end - _at));
        }

        if (all.Length - _at - longest + 1 > limit) return new([], nameof(LimitOverrunException));
        return new(Rest(), isLine ? "" : nameof(IncompleteReadException));
    }

    public long Skip(byte[] separator)
    {
        for (var end = _at + 1; end <= all.Length; end++)
        {
            if (EndsWith(end, separator)) return Take(end - _at).Length;
        }

        return Rest().Length;
    }

    private bool EndsWith(int end, byte[] separator) => end - separator.Length >= _at && all.AsSpan(end - separator.Length, separator.Length).SequenceEqual(separator);

    private byte[] Take(int count)
    {
        var taken = all[_at..(_at + count)];
        _at += count;
        return taken;
    }
}
