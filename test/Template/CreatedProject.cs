using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A project made of the template, in a folder of its own, out of packages that were packed just now. Nothing outside of that folder is
/// changed: neither the templates of the machine nor its packages.
/// </summary>
internal sealed class CreatedProject : IDisposable
{
    // A hyphen is allowed in the name of a project and not in the name of a namespace.
    public const string Name = "Line-Server";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-template");

    /// <summary>The folder of the project.</summary>
    public string Folder => Path.Combine(_folder.FullName, Name);

    public static async Task<CreatedProject> CreateAsync()
    {
        var project = new CreatedProject();
        try
        {
            await project.PackAsync();
            await project.InstallAsync();
            return project;
        }
        catch
        {
            project.Dispose();
            throw;
        }
    }

    /// <summary>Runs the .NET command line in the project.</summary>
    public Task<string> DotnetAsync(params string[] arguments) => new Command(Folder, new Dictionary<string, string>
    {
        ["NUGET_PACKAGES"] = In("packages"),
        // What stays in the background would outlive the test.
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
        // Neither a mirror without a list of vulnerabilities nor a second source of packages is a fault of the template.
        ["NuGetAudit"] = "false",
        ["NoWarn"] = "NU1507",
    }).DotnetAsync(arguments);

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Told(string key) =>
        typeof(CreatedProject).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;

    private string In(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Under a version that nobody else has, so that no older package can be taken for one of these.</summary>
    private async Task PackAsync()
    {
        var configuration = typeof(CreatedProject).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await new Command(_folder.FullName, new Dictionary<string, string>()).DotnetAsync(
            "msbuild", Told("Pack"), "-nologo", "-verbosity:quiet", "-nodeReuse:false", $"-p:Configuration={configuration}",
            $"-p:PackageOutputPath={In("feed")}", $"-p:Version=0.0.0-test{Guid.NewGuid():N}");

        // The sources of the machine stay. What the tests are built with is on it already and need not be fetched once more.
        await File.WriteAllTextAsync(
            In("NuGet.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="just packed" value="{In("feed")}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="of the machine" value="{Told("Packages")}" />
              </fallbackPackageFolders>
            </configuration>
            """);
    }

    private async Task InstallAsync()
    {
        var home = new Command(_folder.FullName, new Dictionary<string, string>
        {
            ["DOTNET_CLI_HOME"] = In("home"),
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
            ["DOTNET_ADD_GLOBAL_TOOLS_TO_PATH"] = "false",
            ["DOTNET_NOLOGO"] = "1",
        });
        await home.DotnetAsync("new", "install", Directory.GetFiles(In("feed"), "Kestrel.Streams.Templates.*.nupkg").Single());
        await home.DotnetAsync("new", "kestrel-streams", "--name", Name, "--no-update-check");
    }
}
