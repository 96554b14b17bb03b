namespace Kestrel.Streams.Tests;

/// <summary>What the pages show works: every C# block compiles and runs against a live peer.</summary>
public class CodeBlockTests
{
    private static readonly string[] _languages = ["csharp", "json", "python", "sh", "text"];

    public static TheoryData<string> AllPages => [.. Pages.All];

    public static TheoryData<string, int> AllBlocks
    {
        get
        {
            var blocks = new TheoryData<string, int>();
            // The blocks of a recipe belong together, and are run so.
            foreach (var block in Pages.All.Except(Pages.Recipes).SelectMany(CodeBlock.In).Where(static block => block.Language == "csharp"))
                blocks.Add(block.Page, block.Line);
            return blocks;
        }
    }

    [Theory]
    [MemberData(nameof(AllBlocks))]
    public async Task A_block_compiles_and_does_what_the_page_says(string page, int line) =>
        await BlockRunner.RunAsync(CodeBlock.In(page).Single(block => block.Line == line));

    [Theory]
    [MemberData(nameof(AllPages))]
    public void Every_block_names_a_language_that_is_known_here(string page) =>
        Assert.All(CodeBlock.In(page), static block => Assert.Contains(block.Language, _languages));

    [Fact]
    public void The_first_screen_of_the_README_has_a_server_and_a_client_beside_their_Python()
    {
        var first = CodeBlock.In("README.md").Where(static block => block.Language != "sh").Take(4).ToList();
        Assert.Equal(["python", "csharp", "python", "csharp"], first.Select(static block => block.Language));
        Assert.Equal(["server", "client"], first.Where(static block => block.Language == "csharp").Select(static block => block.Orders["run"]));
        Assert.True(first[^1].Line < FirstHeading("README.md"), "The client comes after the first heading.");
    }

    private static int FirstHeading(string page) =>
        Array.FindIndex(Pages.Lines(page), static line => line.StartsWith("## ", StringComparison.Ordinal)) + 1;
}
