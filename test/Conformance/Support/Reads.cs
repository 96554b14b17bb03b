using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Every reading member by name, each asked in a way that reads the line "partial\n" where that is all that comes.</summary>
internal static class Reads
{
    public const string Line = "partial\n";

    /// <summary>They wait for the whole line and take nothing until it is there.</summary>
    public static readonly Dictionary<string, Read> WholeLine = new()
    {
        ["ReadAsync(-1)"] = async (s, ct) => await s.ReadAsync(-1, ct),
        ["ReadLineAsync()"] = async (s, ct) => await s.ReadLineAsync(ct),
        ["ReadLineAsync(encoding)"] = async (s, ct) => (await s.ReadLineAsync(Encoding.ASCII, ct) + "\n").Ascii(),
        ["ReadUntilAsync(span)"] = async (s, ct) => await s.ReadUntilAsync("l\n"u8, ct),
        ["ReadUntilAsync(byte)"] = async (s, ct) => await s.ReadUntilAsync((byte)'\n', ct),
        ["ReadUntilAnyAsync"] = async (s, ct) => await s.ReadUntilAnyAsync(["\r\n".Ascii(), "\n".Ascii()], ct),
        ["ReadExactlyAsync(count)"] = async (s, ct) => await s.ReadExactlyAsync(Line.Length, ct),
        ["ReadExactlyAsync(memory)"] = async (s, ct) =>
        {
            var buffer = new byte[Line.Length];
            await s.ReadExactlyAsync(buffer.AsMemory(), ct);
            return buffer;
        },
        ["ReadToEndAsync"] = async (s, ct) => await s.ReadToEndAsync(1000, ct),
        ["ReadLinesAsync"] = async (s, ct) => await FirstAsync(s.ReadLinesAsync(ct)) ?? [],
        ["BorrowLineAsync"] = async (s, ct) => (await s.BorrowLineAsync(ct)).ToArray(),
        ["BorrowUntilAsync"] = async (s, ct) => (await s.BorrowUntilAsync("l\n"u8, ct)).ToArray(),
        ["BorrowExactlyAsync"] = async (s, ct) => (await s.BorrowExactlyAsync(Line.Length, ct)).ToArray(),
        ["BorrowLinesAsync"] = async (s, ct) => (await FirstAsync(s.BorrowLinesAsync(ct))).ToArray(),
    };

    /// <summary>They are content with the first bytes that come.</summary>
    public static readonly Dictionary<string, Read> Some = new()
    {
        ["ReadAsync(count)"] = async (s, ct) => await s.ReadAsync(100, ct),
        ["BorrowAsync"] = async (s, ct) => (await s.BorrowAsync(ct)).ToArray(),
        ["Stream.ReadAsync(memory)"] = (s, ct) => IntoAsync(buffer => s.ReadAsync(buffer.AsMemory(), ct)),
        ["Stream.ReadAsync(array)"] = (s, ct) => IntoAsync(buffer => new(s.ReadAsync(buffer, 0, buffer.Length, ct))),
    };

    /// <summary>They take as they go.</summary>
    public static readonly Dictionary<string, Read> Taking = new()
    {
        ["SkipLineAsync"] = async (s, ct) => new byte[await s.SkipLineAsync(ct)],
        ["SkipUntilAsync"] = async (s, ct) => new byte[await s.SkipUntilAsync("l\n"u8, ct)],
        ["Stream.ReadAtLeastAsync"] = (s, ct) => IntoAsync(
            buffer => s.ReadAtLeastAsync(buffer, Line.Length, throwOnEndOfStream: true, ct)),
        ["Stream.CopyToAsync"] = async (s, ct) =>
        {
            using var copy = new MemoryStream();
            await s.CopyToAsync(copy, ct);
            return copy.ToArray();
        },
    };

    public static readonly Dictionary<string, Read> All = new(WholeLine.Concat(Some).Concat(Taking));

    /// <summary>Members that wait as the others do, but block.</summary>
    public static readonly Dictionary<string, Action<ConnectionStream>> Blocking = new()
    {
        ["Stream.Read(array)"] = s => _ = s.Read(new byte[10], 0, 10),
        ["Stream.Read(span)"] = s => _ = s.Read(new byte[10].AsSpan()),
        ["Stream.ReadByte"] = s => s.ReadByte(),
    };

    public delegate Task<byte[]> Read(ConnectionStream stream, CancellationToken cancellationToken);

    private static async Task<byte[]> IntoAsync(Func<byte[], ValueTask<int>> read)
    {
        var buffer = new byte[100];
        return buffer[..await read(buffer)];
    }

    private static async Task<T?> FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T item in items)
            return item;
        return default;
    }
}
