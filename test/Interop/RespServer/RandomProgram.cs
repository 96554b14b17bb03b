using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Commands that sample/RespServer has too, on few keys, so that they meet; many of them wrong in one way or another.</summary>
internal sealed class RandomProgram(int seed)
{
    private static readonly string[] _keys = ["a", "b", "c", "", "\r\n"];
    private static readonly string[] _numbers = ["0", "1", "-1", "2", "-2", "7", "-100", "100", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "+1", "01", "-0", " 1", "1.0", "x", ""];
    private static readonly string[] _times = ["100", "1000", "0", "-1", "x", "9223372036854775807", "-9223372036854775808", "99999999999999999"];

    private readonly Random _random = new(seed);

    /// <summary>One command, mostly as a list and sometimes as people type it.</summary>
    public byte[] Next()
    {
        var words = Words();
        if (_random.Next(10) == 0) words = [.. words, Key];
        // A HELLO of one word tells the version and the number of the connection, which differ.
        if (_random.Next(20) == 0 && words[0] != "HELLO") words = words[..^1];
        if (words.Length == 0) return "\r\n"u8.ToArray();
        if (_random.Next(2) == 0) words[0] = words[0].ToLowerInvariant();
        return _random.Next(5) == 0
            ? Encoding.Latin1.GetBytes(string.Join(' ', words.Select(Inline)) + (_random.Next(2) == 0 ? "\r\n" : "\n"))
            : Resp.Command(words.Select(Encoding.Latin1.GetBytes));
    }

    private string Key => Of(_keys);

    private string Number => Of(_numbers);

    // Without NUL, where an error of redis-server stops to repeat what it was told.
    private string Value => _random.Next(3) == 0 ? Number : string.Concat(Enumerable.Range(0, _random.Next(20)).Select(_ => (char)_random.Next(1, 256)));

    private string[] Words() => _random.Next(22) switch
    {
        0 or 1 => ["GET", Key],
        2 or 3 => ["SET", Key, Value],
        4 => ["SET", Key, Value, .. Enumerable.Range(0, _random.Next(4)).SelectMany(_ => Option())],
        5 or 6 => ["INCR", Key],
        7 => ["DECR", Key],
        8 => ["DEL", .. Keys()],
        9 => ["EXISTS", .. Keys()],
        10 => ["EXPIRE", Key, Of(_times)],
        11 => ["EXPIRE", Key, "0"],
        12 => ["LPUSH", Key, .. Keys()],
        13 => ["RPUSH", Key, Value, Value],
        14 => ["LLEN", Key],
        15 or 16 => ["LRANGE", Key, Number, Number],
        17 => ["PING"],
        18 => ["ECHO", Value],
        19 => ["PUBLISH", Key, Value],
        20 => [Of(["NONSENSE", "CLIENT", "CONFIG", "", "G\r\nET", "UNSUBSCRIBE"]), Value],
        _ => [.. Of<string[]>([["CLIENT", "SETNAME", Of(["me", "", "a b"])], ["CLIENT", "GETNAME"], ["CLIENT", "NONSENSE"], ["HELLO", Of(["4", "x", "-1"])], ["CONFIG", "GET", Of(["save", "appendonly"])]])],
    };

    private string[] Option() => Of<string[]>([["NX"], ["xx"], ["EX", Of(_times)], ["px", Of(["100000", "0", "-5", "x"])], ["NONSENSE"]]);

    private string[] Keys() => [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Key)];

    private T Of<T>(T[] choices) => choices[_random.Next(choices.Length)];

    private static string Inline(string word) => $"\"{string.Concat(word.Select(static c => c is >= '0' and <= '9' or >= 'A' and <= 'z' and not '\\' ? $"{c}" : $"\\x{(int)c:x2}"))}\"";
}
