namespace Kestrel.Streams.Samples.RespServer;

/// <summary>The keys and what they hold. There is one command at a time, as in Redis: it has the lock.</summary>
internal sealed class Store(TimeProvider time)
{
    private readonly Dictionary<byte[], Entry>.AlternateLookup<ReadOnlySpan<byte>> _entries =
        new Dictionary<byte[], Entry>(BytesComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();

    public Lock Lock { get; } = new();

    public int Count => _entries.Dictionary.Count;

    /// <summary>In milliseconds, from some moment on.</summary>
    private long Now => (long)time.GetElapsedTime(0).TotalMilliseconds;

    public bool Contains(ReadOnlySpan<byte> key) => Find(key) is not null;

    public byte[]? Get(ReadOnlySpan<byte> key) => Holds<byte[]>(Find(key));

    public TwoEndedList? GetList(ReadOnlySpan<byte> key) => Holds<TwoEndedList>(Find(key));

    public TwoEndedList GetOrAddList(ReadOnlySpan<byte> key)
    {
        if (GetList(key) is { } list) return list;
        _entries[key] = new Entry { Value = list = new TwoEndedList() };
        return list;
    }

    /// <summary>Sets a key, for some milliseconds or for ever.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long? lifetime) =>
        _entries[key] = new Entry { Value = value.ToArray(), Due = lifetime is { } left ? Now + left : null };

    /// <summary>Adds to an integer, which is 0 where there is none; its time to live stays as it was.</summary>
    public long Add(ReadOnlySpan<byte> key, int number)
    {
        var entry = Find(key);
        if (!RespInteger.TryParse(Holds<byte[]>(entry) is { } text ? text : "0"u8, out var sum)) throw RespException.NotAnInteger;
        if (number > 0 ? sum > long.MaxValue - number : sum < long.MinValue - number) throw RespException.Overflow;
        sum += number;
        if (entry is null) _entries[key] = entry = new Entry();
        entry.Value = RespInteger.Format(sum);
        return sum;
    }

    public bool Remove(ReadOnlySpan<byte> key) => Find(key) is not null && _entries.Remove(key);

    /// <summary>Gives a key some more milliseconds, none or less of which remove it; false where there is no such key.</summary>
    public bool Expire(ReadOnlySpan<byte> key, long lifetime)
    {
        if (Find(key) is not { } entry) return false;
        entry.Due = Now + lifetime;
        Find(key);
        return true;
    }

    /// <summary>The milliseconds that are left to a key; -1 where it has no end, -2 where there is none.</summary>
    public long TimeToLive(ReadOnlySpan<byte> key) => Find(key) is { } entry ? entry.Due - Now ?? -1 : -2;

    /// <summary>Removes what is due and was not asked for since.</summary>
    public void Sweep()
    {
        lock (Lock)
        {
            var now = Now;
            foreach (var (key, entry) in _entries.Dictionary)
            {
                if (entry.Due <= now) _entries.Dictionary.Remove(key);
            }
        }
    }

    private Entry? Find(ReadOnlySpan<byte> key)
    {
        if (!_entries.TryGetValue(key, out var entry)) return null;
        if (entry.Due is not { } due || due > Now) return entry;
        _entries.Remove(key);
        return null;
    }

    private static T? Holds<T>(Entry? entry) where T : class => entry is null ? null : entry.Value as T ?? throw RespException.WrongType;

    private sealed class Entry
    {
        public object? Value { get; set; }

        public long? Due { get; set; }
    }
}
