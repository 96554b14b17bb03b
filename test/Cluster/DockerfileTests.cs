namespace Kestrel.Streams.Tests;

/// <summary><c>deploy/Dockerfile</c> without Docker: what its first stage copies is copied, and what it runs is run. No image is built.</summary>
public sealed class DockerfileTests : IDisposable
{
    private static readonly string _repository = Path.GetDirectoryName(Path.GetDirectoryName(Paths.Deploy("Dockerfile")))!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-image-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_it_copies_is_enough_for_what_it_publishes()
    {
        var stage = (await File.ReadAllLinesAsync(Paths.Deploy("Dockerfile"))).SkipWhile(static line => !line.EndsWith("AS build", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(static line => !line.StartsWith("FROM", StringComparison.Ordinal)).ToList();
        var app = Path.Combine(_folder.FullName, "app");
        foreach (var line in stage)
        {
            if (line.Split(' ') is ["COPY", .. var sources, var target]) await CopyAsync(sources, target);
            if (line.StartsWith("RUN ", StringComparison.Ordinal)) await RunAsync($"cd {_folder.FullName} && {line[4..].Replace(" /app", $" {app}", StringComparison.Ordinal)}");
        }

        Assert.All(["Kestrel.Streams.Samples.WebHost.dll", "appsettings.json", "wwwroot/index.html"], file => Assert.True(File.Exists(Path.Combine(app, file)), file));
    }

    private async Task CopyAsync(string[] sources, string target)
    {
        // Each of them lies there where it lies here; so the names alone tell the whole.
        Assert.All(sources, source => Assert.Equal(Directory.Exists(Path.Combine(_repository, source)) ? source : Path.GetDirectoryName(source), target.TrimEnd('/').TrimStart('.')));
        await RunAsync($"cd {_repository} && tar -c --exclude bin --exclude obj {string.Join(' ', sources)} | tar -x -C {_folder.FullName}");
    }

    private static async Task RunAsync(string command)
    {
        await using var shell = new ChildProcess("bash", "bash", ["-o", "pipefail", "-c", command], ("MSBUILDDISABLENODEREUSE", "1"), ("UseSharedCompilation", "false"));
        Assert.True(await shell.ExitAsync(TimeSpan.FromMinutes(4)) == 0, shell.Said);
    }
}
