using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Every writing member by name; each writes "hello\n".</summary>
internal static class Writes
{
    public const string Line = "hello\n";

    public static readonly Dictionary<string, Write> All = new()
    {
        ["WriteAsync(memory)"] = (s, ct) => s.WriteAsync(Line.Ascii().AsMemory(), ct).AsTask(),
        ["WriteAsync(span)"] = (s, ct) => s.WriteAsync("hello\n"u8, ct).AsTask(),
        ["WriteAsync(array)"] = (s, ct) => s.WriteAsync(Line.Ascii(), ct).AsTask(),
        ["WriteAsync(text)"] = (s, ct) => s.WriteAsync(Line, ct).AsTask(),
        ["WriteAsync(text, encoding)"] = (s, ct) => s.WriteAsync(Line, Encoding.ASCII, ct).AsTask(),
        ["WriteLinesAsync(arrays)"] = (s, ct) => s.WriteLinesAsync(["hel".Ascii(), "lo\n".Ascii()], ct).AsTask(),
        ["WriteLinesAsync(memories)"] = (s, ct) => s.WriteLinesAsync(Memories, ct).AsTask(),
        ["Stream.WriteAsync(array, offset, count)"] = (s, ct) => s.WriteAsync(("-" + Line).Ascii(), 1, Line.Length, ct),
    };

    /// <summary>Members that buffer, or block, and return.</summary>
    public static readonly Dictionary<string, Action<ConnectionStream>> Blocking = new()
    {
        ["Write(span)"] = s => s.Write("hello\n"u8),
        ["Stream.Write(array, offset, count)"] = s => s.Write(("-" + Line).Ascii(), 1, Line.Length),
        ["Stream.WriteByte"] = s => Line.Ascii().ToList().ForEach(s.WriteByte),
        ["WriteLines(arrays)"] = s => s.WriteLines(["hel".Ascii(), "lo\n".Ascii()]),
        ["WriteLines(memories)"] = s => s.WriteLines(Memories),
    };

    public delegate Task Write(ConnectionStream stream, CancellationToken cancellationToken);

    private static IEnumerable<ReadOnlyMemory<byte>> Memories => ["hel".Ascii(), "lo\n".Ascii()];
}
