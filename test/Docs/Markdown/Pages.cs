namespace Kestrel.Streams.Tests;

/// <summary>The pages of the repository: those in its root and those in docs.</summary>
internal static class Pages
{
    public static string Root { get; } = FindRoot();

    /// <summary>The paths of the pages, from the root.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. new[] { Root, Path.Combine(Root, "docs") }
            .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.md"))
            .Select(static file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal),
    ];

    public static string[] Lines(string page) => File.ReadAllLines(Path.Combine(Root, page));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kestrel.Streams.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No Kestrel.Streams.sln in {AppContext.BaseDirectory} or above it.");
    }
}
