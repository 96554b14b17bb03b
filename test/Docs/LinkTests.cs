using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>That the pages lead somewhere, and nowhere on the machine of whoever wrote them.</summary>
public partial class LinkTests
{
    public static TheoryData<string> AllPages => [.. Pages.All];

    [Theory]
    [MemberData(nameof(AllPages))]
    public void Every_relative_link_leads_to_a_file_and_a_heading_that_exist(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Pages.Root, page))!;
        Assert.All(LinksIn(page), target =>
        {
            var (file, anchor) = target.Split('#') is [var path, var heading] ? (path, heading) : (target, "");
            var full = file.Length == 0 ? Path.Combine(Pages.Root, page) : Path.GetFullPath(Path.Combine(folder, file));
            Assert.True(Path.Exists(full), $"{page} links to {target}: there is no such file.");
            if (anchor.Length > 0) Assert.Contains(anchor, HeadingsIn(Path.GetRelativePath(Pages.Root, full)));
        });
    }

    [Theory]
    [MemberData(nameof(AllPages))]
    public void No_page_names_a_path_of_one_machine(string page) =>
        Assert.All(Pages.Lines(page), static line => Assert.DoesNotMatch(MachinePath(), line));

    [Theory]
    [InlineData("see /home/somebody/x")]
    [InlineData(@"in C:\Users\somebody")]
    [InlineData("cd /tmp/here")]
    public void A_path_of_one_machine_is_known_when_it_is_seen(string line) => Assert.Matches(MachinePath(), line);

    [Fact]
    public void Every_page_of_the_documentation_can_be_reached_from_the_README()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { "README.md" };
        var unread = new Queue<string>(reached);
        while (unread.TryDequeue(out var page))
        {
            var folder = Path.Combine(Pages.Root, Path.GetDirectoryName(page)!);
            var pages = LinksIn(page).Select(target => Path.GetRelativePath(Pages.Root, Path.GetFullPath(target.Split('#')[0], folder)));
            foreach (var next in pages.Where(next => Pages.All.Contains(next) && reached.Add(next))) unread.Enqueue(next);
        }

        Assert.All(Pages.All, page => Assert.Contains(page, reached));
    }

    private static IEnumerable<string> LinksIn(string page) => TextOf(page)
        .SelectMany(static line => Link().Matches(line))
        .Select(static link => link.Groups["target"].Value)
        .Where(static target => !target.Contains("://", StringComparison.Ordinal));

    // As GitHub makes them: lower case, a hyphen for a space, no punctuation.
    private static IEnumerable<string> HeadingsIn(string page) => TextOf(page)
        .Where(static line => line.StartsWith('#'))
        .Select(static line => line.TrimStart('#').Trim().ToLowerInvariant())
        .Select(static heading => string.Concat(heading.Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));

    /// <summary>The lines outside of code blocks.</summary>
    private static IEnumerable<string> TextOf(string page)
    {
        var inBlock = false;
        foreach (var line in Pages.Lines(page))
        {
            var isFence = line.StartsWith("```", StringComparison.Ordinal);
            if (!isFence && !inBlock) yield return line;
            inBlock ^= isFence;
        }
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"(^|[^\w.~/}-])/(home|root|work|tmp|mnt|Users|private)/|\b[A-Z]:\\", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePath();
}
