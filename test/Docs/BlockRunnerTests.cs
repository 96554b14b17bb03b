using Xunit.Sdk;

namespace Kestrel.Streams.Tests;

/// <summary>That a block can fail: each of these does.</summary>
public class BlockRunnerTests
{
    private const string Echo = "await stream.WriteAsync(await stream.ReadToEndAsync());";

    [Fact]
    public async Task A_block_without_a_comment_fails() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("", Echo));

    [Fact]
    public async Task A_block_with_an_unknown_way_to_run_it_fails() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("<!-- run: never -->", Echo));

    [Fact]
    public async Task A_block_that_does_not_compile_fails() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("<!-- run: handler\nin: \"\"\nout: \"\" -->", "stream.Shout();"));

    [Fact]
    public async Task A_block_that_compiles_with_a_warning_fails() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("<!-- run: handler\nin: \"\"\nout: \"\" -->", "int unused; " + Echo));

    [Fact]
    public async Task A_block_with_another_answer_than_the_page_says_fails() =>
        await Assert.ThrowsAsync<EqualException>(() => RunAsync("<!-- run: handler\nin: \"a\"\nout: \"b\" -->", Echo));

    [Fact]
    public async Task A_block_with_the_answer_that_the_page_says_passes() =>
        await RunAsync("<!-- run: handler\nin: \"a\"\nout: \"a\" -->", Echo);

    [Fact]
    public async Task A_program_that_prints_something_else_fails() =>
        await Assert.ThrowsAsync<EqualException>(() => RunAsync("<!-- run: program\nprints: \"1\\n\" -->", "Console.WriteLine(2);"));

    [Fact]
    public async Task A_program_that_does_not_show_one_of_the_lines_fails() =>
        await Assert.ThrowsAnyAsync<XunitException>(
            () => RunAsync("<!-- run: program\nshows: \"1\\n3\" -->", "Console.WriteLine(12);"));

    [Fact]
    public async Task A_program_that_shows_all_the_lines_passes() =>
        await RunAsync("<!-- run: program\nshows: \"1\\n2\" -->", "Console.WriteLine(12);");

    [Fact]
    public async Task A_program_that_throws_fails() =>
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunAsync("<!-- run: program\nprints: \"\" -->", "throw new IOException(\"no\");"));

    private static Task RunAsync(string comment, string code) =>
        BlockRunner.RunAsync(CodeBlock.In("page.md", $"{comment}\n```csharp\n{code}\n```".Split('\n')).Single());
}
