namespace Kestrel.Streams.Tests;

/// <summary>The pages of the repository: those in its root and those in docs and below.</summary>
internal static class Pages
{
    public static string Root { get; } = FindRoot();

    private static readonly string[] _recipeFolders = [Path.Combine("docs", "cookbook"), Path.Combine("docs", "migrating")];

    /// <summary>The paths of the pages, from the root.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(static file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Those that are followed from the first line to the last: <see cref="Recipe"/>. All but the indexes of their folders.</summary>
    public static IReadOnlyList<string> Recipes { get; } =
        [.. All.Where(static page => _recipeFolders.Contains(Path.GetDirectoryName(page)) && Path.GetFileName(page) != "README.md")];

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
