using System.Diagnostics;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>The sample as a native program, published once for all tests.</summary>
public sealed class PublishedProgram : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4.5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-aot");

    /// <summary>What the publish has printed: only what went wrong.</summary>
    public string Output { get; private set; } = "";

    public string Path => System.IO.Path.Combine(_folder.FullName, "Kestrel.Streams.Samples.Aot");

    /// <summary>The folder that the program runs in.</summary>
    public string Folder => _folder.FullName;

    public async ValueTask InitializeAsync()
    {
        Programs.PathOf("gcc");
        var sample = typeof(PublishedProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "AotSample").Value!;
        // What stays in the background would hold our end of the output open.
        using var publish = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["publish", sample, "--configuration", "Release", "--output", Folder, "--verbosity", "quiet", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        Output = await publish.StandardOutput.ReadToEndAsync().Within(_limit);
        await publish.WaitForExitAsync().Within();
        Assert.True(publish.ExitCode == 0, Output);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
