namespace Kestrel.Streams.Tests;

/// <summary>A way to write, or to wait until what was written has left.</summary>
/// <param name="Bytes">So many bytes it adds to what was written.</param>
/// <param name="Begin">Begins it, with bytes of <see cref="Content"/> from a place on.</param>
internal sealed record Writes(int Bytes, Func<ConnectionStream, int, CancellationToken, Task> Begin)
{
    private const int Big = 100_000;

    private static readonly string _file = MakeFile();

    public static readonly KeyValuePair<string, Writes>[] All = new Dictionary<string, Writes>
    {
        ["WriteAsync(memory)"] = new(Big, (s, at, ct) => s.WriteAsync(Content.At(at, Big), ct).AsTask()),
        ["WriteAsync(short memory)"] = new(1000, (s, at, ct) => s.WriteAsync(Content.At(at, 1000), ct).AsTask()),
        ["WriteAsync(span)"] = new(5000, (s, at, ct) => s.WriteAsync(Content.At(at, 5000).Span, ct).AsTask()),
        ["WriteLinesAsync"] = new(3000, (s, at, ct) => s.WriteLinesAsync([Content.At(at, 1000), Content.At(at + 1000, 2000)], ct).AsTask()),
        ["SendFileAsync"] = new(Big, SendFileAsync),
        ["Write"] = new(3 * Big, (s, at, _) => Task.Run(() => Write(s, at))),
        ["DrainAsync"] = new(0, (s, _, ct) => s.DrainAsync(ct).AsTask()),
        ["FlushAsync"] = new(0, (s, _, ct) => s.FlushAsync(ct)),
        ["WriteEofAsync"] = new(0, (s, _, ct) => s.WriteEofAsync(ct).AsTask()),
    }.ToArray();

    /// <summary>Whether it cannot be cancelled.</summary>
    public static bool IsBlocking(string name) => name == "Write";

    private static string MakeFile()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("races").FullName, "file");
        File.WriteAllBytes(path, Content.At(0, Content.Length).ToArray());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        return path;
    }

    private static async Task SendFileAsync(ConnectionStream stream, int at, CancellationToken cancellationToken)
    {
        using var file = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await stream.SendFileAsync(file, at, Big, cancellationToken);
    }

    /// <summary>More at a time than may be unsent, so that the next call waits for room.</summary>
    private static void Write(ConnectionStream stream, int at)
    {
        for (var i = 0; i < 3; i++) stream.Write(Content.At(at + (i * Big), Big).Span);
    }
}
