namespace Kestrel.Streams.Tests;

/// <summary>The inputs that are kept: good ones of every kind, and each that a fault was found with.</summary>
internal static class Corpus
{
    public static IReadOnlyList<(string File, byte[] Input)> Of(Target target) =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus", target.Name)).Order(StringComparer.Ordinal).Select(static file => (Path.GetFileName(file), File.ReadAllBytes(file)))];
}
