namespace Kestrel.Streams.Tests;

/// <summary>
/// The SDK itself, as it is on a machine that has our packages from a folder and those of others from the restore of these tests: nothing
/// is asked of a registry, and nothing of it stays.
/// </summary>
internal sealed class RealDotnet : DotnetTool, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-packages");

    public override IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["RestoreAdditionalProjectSources"] = _folder.FullName,
        ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "restored"),
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        // No server of the build outlives it.
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };

    // It builds, on a machine that others may use.
    public override TimeSpan Patience => TimeSpan.FromMinutes(3);

    /// <summary>Does what the index of the cookbook says, with a folder that is ours in place of one in the repository.</summary>
    public async Task PackAsync()
    {
        var block = CodeBlock.In(Path.Combine("docs", "cookbook", "README.md")).Single(static block => block.Language == "sh");
        Assert.Contains("export RestoreAdditionalProjectSources=$PWD/packages", block.Text, StringComparison.Ordinal);
        await using var terminal = new Terminal(
            block.Text.Replace("-o packages", $"-o '{_folder.FullName}'", StringComparison.Ordinal), Pages.Root, Environment.Where(static one => one.Key != "NUGET_PACKAGES").ToDictionary());
        await terminal.EndsAsync(shown: null).Within(Patience);
    }

    public override async Task PrepareAsync(string folder, string commands)
    {
        var machine = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(folder, "NuGet.config"), $"""
            <configuration>
              <packageSources>
                <clear />
              </packageSources>
              <fallbackPackageFolders>
                <clear />
                <add key="restored by the tests" value="{machine}" />
              </fallbackPackageFolders>
            </configuration>
            """);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
