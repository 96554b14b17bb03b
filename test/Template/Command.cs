using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>A step of the test that is a program: it ends in time and with success, or the test fails with all it has said.</summary>
internal sealed class Command(string folder, IReadOnlyDictionary<string, string> environment)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    public static string Dotnet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Runs the .NET command line; all that it has printed.</summary>
    public async Task<string> DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Dotnet, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = new Said();
        var all = Task.WhenAll(said.ReadAsync(process.StandardOutput), said.ReadAsync(process.StandardError), process.WaitForExitAsync());
        await Task.WhenAny(all, Task.Delay(_limit));
        if (!all.IsCompleted)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"dotnet {string.Join(' ', arguments)}: still running after {_limit}. It said:\n{said}");
        }

        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: ended with {process.ExitCode}. It said:\n{said}");
        return $"{said}";
    }

    /// <summary>What has been printed so far, of both outputs, line by line.</summary>
    private sealed class Said
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public async Task ReadAsync(StreamReader output)
        {
            while (await output.ReadLineAsync() is { } line)
            {
                lock (_gate) _lines.Add(line);
            }
        }

        public override string ToString()
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }
}
