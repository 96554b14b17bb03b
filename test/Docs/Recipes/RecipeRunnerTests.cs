using Xunit.Sdk;

namespace Kestrel.Streams.Tests;

/// <summary>That a page that is followed can fail: each of these does, but for the last ones.</summary>
public class RecipeRunnerTests
{
    private const string Run =
        """
        ```sh
        dotnet new console -o it
        ```

        It is `it/Program.cs`:

        ```csharp
        Console.WriteLine("one");
        Thread.Sleep(Timeout.Infinite);
        ```

        Start it in a terminal of its own:

        ```sh
        dotnet run --project it
        ```

        """;

    [Theory]
    [InlineData("```csharp\nreturn;\n```", "where to save it")]
    [InlineData("```text\nhello\n```", "no command prints")]
    [InlineData("```sh\necho hello\n```\n\n```text\nhello\n```\n\n```text\nhello\n```", "no command prints")]
    public void A_page_that_does_not_say_what_to_do_fails(string page, string why)
    {
        var fault = Assert.Throws<InvalidDataException>(() => Recipe.Of("page.md", page.Split('\n')));
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("```sh\necho hello\n```\n\n```text\ngoodbye\n```", "hello")]
    [InlineData("```sh\necho hello\necho again\n```\n\n```text\nhello\n```", "again")]
    [InlineData("```sh\necho hello\n```\n\n```text\nhello\nagain\n```", "again")]
    [InlineData("```sh\nfalse\necho hello\n```\n\n```text\nhello\n```", "code 1")]
    [InlineData("In a terminal of its own:\n\n```sh\necho hello\n```\n\n```text\ngoodbye\n```", "It has ended")]
    [InlineData("In a file, `nowhere/it.txt`:\n\n```json\n{}\n```", "nowhere")]
    [InlineData("```sh\ndotnet build\n```", "no form of it")]
    [InlineData("```sh\ndotnet new console -o it\ndotnet add it package Another\n```", "Another")]
    public async Task A_page_that_shows_something_else_fails(string page, string part)
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => FollowAsync(page));
        Assert.Contains("page.md:", fault.Message, StringComparison.Ordinal);
        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<XunitException>(fault.InnerException);
    }

    [Fact]
    public async Task A_program_that_uses_a_package_which_the_page_does_not_add_fails()
    {
        var fault = await Assert.ThrowsAsync<InvalidDataException>(
            () => FollowAsync(Run.Replace("Console.WriteLine(\"one\");", "Kestrel.Streams.ConnectionStream.CreatePair();", StringComparison.Ordinal)));
        Assert.Contains("error CS0103", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_does_not_end_when_it_should_fails()
    {
        // It ends by the signal, with a code that says so, and not in order.
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(
            () => FollowAsync(Run + "```text\none\n```\n\nPress Ctrl+C in the terminal of `dotnet run`:\n\n```text\n```"));
        Assert.Contains("code 130", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_may_leave_out_what_is_different_each_time() =>
        await FollowAsync("```sh\nprintf 'a\\nb 1\\nc\\nd\\n'\n```\n\n```text\n...\nb ...\n...\nd\n```");

    [Fact]
    public async Task A_page_may_look_at_a_terminal_again() => await FollowAsync(
        """
        In a terminal of its own:

        ```sh
        trap 'echo interrupted; exit 0' INT
        echo one
        until [ -e go ]; do sleep 0.01; done
        echo two
        while true; do sleep 0.01; done
        ```

        ```text
        one
        ```

        ```sh
        touch go
        ```

        The terminal of `until` shows:

        ```text
        two
        ```

        Press Ctrl+C in the terminal of `until`:

        ```text
        interrupted
        ```
        """);

    private static async Task FollowAsync(string page)
    {
        using var dotnet = new QuickDotnet();
        await using var reader = new RecipeReader(dotnet);
        await reader.FollowAsync(Recipe.Of("page.md", page.Split('\n')));
    }
}
