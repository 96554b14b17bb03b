using System.Runtime.InteropServices;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What a read has taken: its bytes, or where it only skips them their number.</summary>
/// <param name="Block">The block that it has borrowed a part of.</param>
internal readonly record struct Taken(int Count, byte[]? Data, byte[]? Block = null)
{
    public static Taken Borrowed(ReadOnlyMemory<byte> data) =>
        new(data.Length, data.ToArray(), !data.IsEmpty && MemoryMarshal.TryGetArray(data, out var part) ? part.Array : null);

    public static implicit operator Taken(byte[] data) => new(data.Length, data);
}

/// <summary>A way to read.</summary>
/// <param name="Wants">About so many bytes are what it waits for.</param>
/// <param name="Begin">Begins it.</param>
internal sealed record Reads(int Wants, Func<ConnectionStream, CancellationToken, Task<Taken>> Begin)
{
    private static readonly byte[][] _separators = ["\r\n"u8.ToArray(), "\n"u8.ToArray()];

    public static readonly KeyValuePair<string, Reads>[] All = new Dictionary<string, Reads>
    {
        ["ReadAsync(count)"] = new(100, async (s, ct) => await s.ReadAsync(100, ct)),
        ["ReadAsync(memory)"] = new(100, (s, ct) => IntoAsync(100, buffer => s.ReadAsync(buffer.AsMemory(), ct))),
        ["ReadAsync(nothing)"] = new(1, async (s, ct) => new Taken(await s.ReadAsync(Memory<byte>.Empty, ct), null)),
        ["ReadToEndAsync"] = new(5000, async (s, ct) => await s.ReadToEndAsync(cancellationToken: ct)),
        ["ReadLineAsync"] = new(300, async (s, ct) => await s.ReadLineAsync(ct)),
        ["ReadLineAsync(encoding)"] = new(300, async (s, ct) => await s.ReadLineAsync(Encoding.Latin1, ct) is { } line ? new Taken(line.Length, Encoding.Latin1.GetBytes(line)) : new Taken(0, [])),
        ["ReadUntilAsync"] = new(300, async (s, ct) => await s.ReadUntilAsync("\n"u8, ct)),
        ["ReadUntilAnyAsync"] = new(300, async (s, ct) => await s.ReadUntilAnyAsync([_separators[0], _separators[1]], ct)),
        ["ReadExactlyAsync(few)"] = new(500, async (s, ct) => await s.ReadExactlyAsync(500, ct)),
        ["ReadExactlyAsync(many)"] = new(70_000, async (s, ct) => await s.ReadExactlyAsync(70_000, ct)),
        ["ReadExactlyAsync(memory)"] = new(500, (s, ct) => IntoAsync(500, async buffer =>
        {
            await s.ReadExactlyAsync(buffer.AsMemory(), ct);
            return buffer.Length;
        })),
        ["ReadLinesAsync"] = new(300, async (s, ct) => await FirstAsync(s.ReadLinesAsync(ct), static line => (Taken)line)),
        ["BorrowAsync"] = new(100, async (s, ct) => Taken.Borrowed(await s.BorrowAsync(ct))),
        ["BorrowLineAsync"] = new(300, async (s, ct) => Taken.Borrowed(await s.BorrowLineAsync(ct))),
        ["BorrowUntilAsync"] = new(300, async (s, ct) => Taken.Borrowed(await s.BorrowUntilAsync("\n"u8, ct))),
        ["BorrowExactlyAsync"] = new(9000, async (s, ct) => Taken.Borrowed(await s.BorrowExactlyAsync(9000, ct))),
        ["BorrowLinesAsync"] = new(300, async (s, ct) => await FirstAsync(s.BorrowLinesAsync(ct), Taken.Borrowed)),
        ["SkipLineAsync"] = new(300, async (s, ct) => new Taken((int)await s.SkipLineAsync(ct), null)),
        ["SkipUntilAsync"] = new(300, async (s, ct) => new Taken((int)await s.SkipUntilAsync("\n"u8, ct), null)),
        ["Read(span)"] = new(100, (s, _) => Task.Run(() => IntoAsync(100, buffer => new(s.Read(buffer.AsSpan()))))),
    }.ToArray();

    /// <summary>Whether it cannot be cancelled.</summary>
    public static bool IsBlocking(string name) => name == "Read(span)";

    /// <summary>Whether it is known what it has consumed: not of a skip that is cut short, nor of a line whose end is taken off.</summary>
    public static bool TellsWhatItTook(string name, Exception? error) =>
        name.StartsWith("Skip", StringComparison.Ordinal) ? error is null : name != "ReadLineAsync(encoding)" || error is not null;

    private static async Task<Taken> IntoAsync(int count, Func<byte[], ValueTask<int>> read)
    {
        var buffer = new byte[count];
        return buffer[..await read(buffer)];
    }

    private static async Task<Taken> FirstAsync<T>(IAsyncEnumerable<T> lines, Func<T, Taken> take)
    {
        await foreach (var line in lines) return take(line);
        return new Taken(0, []);
    }
}
