using System.Globalization;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>What <c>dotnet new kestrel-streams</c> gives: it builds, its tests pass, it serves and it stops.</summary>
public partial class TemplateTests
{
    private const string Server = $"src/{CreatedProject.Name}";

    [Fact]
    public async Task A_project_of_the_template_builds_passes_its_tests_serves_and_stops()
    {
        using var project = await CreatedProject.CreateAsync();
        await project.DotnetAsync("build", "-nologo", "-warnaserror");
        Assert.Matches(@"Passed!.*Passed: +7,", await project.DotnetAsync("test", "--no-build", "-nologo"));
        AssertDockerfileFindsWhatItCopies(project.Folder);
        await ServeAsync(Path.Combine(project.Folder, Server, "bin/Debug/net10.0", $"{CreatedProject.Name}.dll"));
    }

    /// <summary>The built server is asked over a socket, and ended as a service manager does it, in the middle of a conversation.</summary>
    private static async Task ServeAsync(string program)
    {
        await using var server = RunningProgram.Start(Command.Dotnet, program, "--Streams:Servers:greetings:Endpoints:Main:Url=tcp://127.0.0.1:0");
        var port = Address().Match(await server.ReadUntilAsync("listens on 127.0.0.1:")).Groups["port"].Value;
        using var client = new LineClient(int.Parse(port, CultureInfo.InvariantCulture));
        Assert.Equal("220 ready", await client.ReadLineAsync());
        await client.WriteAsync("HELLO Ada\n");
        Assert.Equal("250 Hello, Ada!", await client.ReadLineAsync());

        var ended = server.SignalAsync("TERM");
        Assert.Equal("421 The server stops.", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        var (code, output, error) = await ended;
        Assert.True((code, error) == (0, ""), $"It ended with {code}: {output}{error}");
    }

    /// <summary>Nothing can build an image here; but each file that is copied into it has to be there.</summary>
    private static void AssertDockerfileFindsWhatItCopies(string folder)
    {
        var copied = File.ReadLines(Path.Combine(folder, "Dockerfile"))
            .Where(static line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(static line => line.Split(' ')[1..^1])
            // A name in a pattern may be missing.
            .Where(static name => !name.Contains('['));
        Assert.All(copied, name => Assert.True(
            Path.Exists(Path.Combine(folder, name)) || Directory.EnumerateFiles(folder, name).Any(), $"The Dockerfile copies {name}: there is no such file."));
        Assert.Contains($"\"{CreatedProject.Name}.dll\"", File.ReadAllText(Path.Combine(folder, "Dockerfile")), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
