using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>RESP, the protocol of Redis, as one writes it on a stream: a line, and as many bytes as the line says.</summary>
internal static class Resp
{
    public static async Task<object?> AskAsync(this ConnectionStream stream, params byte[][] words)
    {
        await stream.WriteAsync(Command(words)).Within();
        return await stream.ReadReplyAsync();
    }

    public static Task<object?> AskAsync(this ConnectionStream stream, params string[] words) =>
        AskAsync(stream, [.. words.Select(Encoding.ASCII.GetBytes)]);

    public static byte[] Command(params IEnumerable<byte[]> words)
    {
        var all = words.ToArray();
        var command = new List<byte>(Encoding.ASCII.GetBytes($"*{all.Length}\r\n"));
        foreach (var word in all)
            command.AddRange([.. Encoding.ASCII.GetBytes($"${word.Length}\r\n"), .. word, .. "\r\n"u8]);
        return [.. command];
    }

    /// <summary>A string, an exception that is not thrown, a number, bytes, a list, or null.</summary>
    public static async Task<object?> ReadReplyAsync(this ConnectionStream stream)
    {
        var line = Samples.Text(await stream.ReadUntilAsync("\r\n"u8).Within())[..^2];
        var rest = line[1..];
        return line[0] switch
        {
            '+' => rest,
            '-' => new InvalidOperationException(rest),
            ':' => long.Parse(rest, CultureInfo.InvariantCulture),
            '$' => await ReadBulkAsync(stream, int.Parse(rest, CultureInfo.InvariantCulture)),
            '*' => await ReadListAsync(stream, int.Parse(rest, CultureInfo.InvariantCulture)),
            _ => throw new InvalidDataException($"No reply begins like '{line}'."),
        };
    }

    private static async Task<byte[]?> ReadBulkAsync(ConnectionStream stream, int length)
    {
        if (length < 0)
            return null;
        var bytes = await stream.ReadExactlyAsync(length).Within();
        Assert.Equal("\r\n", Samples.Text(await stream.ReadExactlyAsync(2).Within()));
        return bytes;
    }

    private static async Task<object?[]?> ReadListAsync(ConnectionStream stream, int length)
    {
        if (length < 0)
            return null;
        var list = new object?[length];
        for (var i = 0; i < length; i++)
            list[i] = await stream.ReadReplyAsync();
        return list;
    }
}
