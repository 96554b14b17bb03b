using System.Collections.Concurrent;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The lines on standard error, from the first use on.</summary>
internal sealed class ErrorOutput : TextWriter
{
    private static readonly ErrorOutput _instance = Install();
    private readonly ConcurrentQueue<string> _lines = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Begins to listen, if that has not happened yet.</summary>
    public static void Listen() => Assert.NotNull(_instance);

    public static IReadOnlyList<string> LinesWith(string text) =>
        [.. _instance._lines.Where(line => line.Contains(text, StringComparison.Ordinal))];

    public override void Write(char value) => _lines.Enqueue(value.ToString());

    public override void WriteLine(string? value) => _lines.Enqueue(value ?? "");

    private static ErrorOutput Install()
    {
        var output = new ErrorOutput();
        Console.SetError(output);
        return output;
    }
}
