using System.Diagnostics;
using System.Text.Json;

namespace Kestrel.Streams.Tests;

public class CommandTests(SampleHost host)
{
    [Fact]
    public async Task Each_shell_command_of_the_guide_prints_what_it_sent()
    {
        foreach (var program in new[] { "nc", "python3" })
            Programs.PathOf(program);
        using var guide = JsonDocument.Parse(await host.Page.GetStringAsync(new Uri("/guide", UriKind.Relative)).Within());
        var commands = guide.RootElement.GetProperty("commands").EnumerateArray()
            .Select(item => item.GetProperty("text").GetString()!)
            .Where(command => !command.StartsWith("dotnet run", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal(3, commands.Length);
        foreach (var command in commands)
            Assert.Contains("hello", await RunAsync(command), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            return await shell.StandardOutput.ReadToEndAsync().Within();
        }
        finally
        {
            if (!shell.HasExited)
                shell.Kill(entireProcessTree: true);
        }
    }
}
