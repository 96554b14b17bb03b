namespace Kestrel.Streams.Samples.RespServer;

/// <summary>The commands about keys.</summary>
internal static class KeyCommands
{
    public static void Set(Store store, RespReader words, RespReply reply)
    {
        bool? mustExist = null;
        var (unit, expiry) = (0, 0);
        for (var i = 3; i < words.Count; i++)
        {
            if (words.Is(i, "NX"u8) && mustExist != true) mustExist = false;
            else if (words.Is(i, "XX"u8) && mustExist != false) mustExist = true;
            else if (words.Is(i, "EX"u8) && unit != 1 && i + 1 < words.Count) (unit, expiry) = (1000, ++i);
            else if (words.Is(i, "PX"u8) && unit != 1000 && i + 1 < words.Count) (unit, expiry) = (1, ++i);
            else throw RespException.Syntax;
        }

        long? lifetime = unit == 0 ? null : Milliseconds(words, expiry, unit, "set");
        if (lifetime <= 0) throw RespException.WrongExpiry("set");
        if (mustExist is { } must && store.Contains(words[1]) != must)
        {
            reply.Null();
            return;
        }

        store.Set(words[1], words[2], lifetime);
        reply.Simple("OK"u8);
    }

    /// <summary>For how many of the keys it is so.</summary>
    public static void Count(Store store, RespReader words, RespReply reply, Func<Store, ReadOnlySpan<byte>, bool> isCounted)
    {
        var count = 0;
        for (var i = 1; i < words.Count; i++)
        {
            if (isCounted(store, words[i])) count++;
        }

        reply.Integer(count);
    }

    public static void Expire(Store store, RespReader words, RespReply reply)
    {
        if (words.Count > 3) throw RespException.Unsupported(words.Text(3));
        reply.Integer(store.Expire(words[1], Milliseconds(words, 2, 1000, "expire")) ? 1 : 0);
    }

    public static void TimeToLive(Store store, RespReader words, RespReply reply)
    {
        var left = store.TimeToLive(words[1]);
        reply.Integer(left < 0 ? left : (left + 500) / 1000);
    }

    public static void Push(Store store, RespReader words, RespReply reply, Action<TwoEndedList, byte[]> add)
    {
        var list = store.GetOrAddList(words[1]);
        for (var i = 2; i < words.Count; i++) add(list, words[i].ToArray());
        reply.Integer(list.Count);
    }

    public static void Range(Store store, RespReader words, RespReply reply)
    {
        var (first, last) = (words.Integer(2), words.Integer(3));
        var list = store.GetList(words[1]);
        var count = list?.Count ?? 0;
        // Below zero they count from the end.
        first = Math.Max(first < 0 ? first + count : first, 0);
        last = Math.Min(last < 0 ? last + count : last, count - 1);
        reply.Array(first > last ? 0 : (int)(last - first + 1));
        for (; first <= last; first++) reply.Bulk(list![(int)first]);
    }

    /// <summary>A time as milliseconds; one that no clock can count to is refused.</summary>
    private static long Milliseconds(RespReader words, int index, int unit, string command)
    {
        var time = words.Integer(index);
        var most = long.MaxValue / 2 / unit;
        return time >= -most && time <= most ? time * unit : throw RespException.WrongExpiry(command);
    }
}
