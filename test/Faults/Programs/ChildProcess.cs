using System.Diagnostics;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>A process that a test has started. Disposing it kills it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
    }

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Runs one of <see cref="ChildPrograms"/> to its end, and fails as it does.</summary>
    public static async Task PassesAsync(Delegate program)
    {
        await using var child = new ChildProcess(new ProcessStartInfo(DotNet, [typeof(ChildProcess).Assembly.Location, ChildPrograms.Word, program.Method.Name]));
        var output = child._process.StandardOutput.ReadToEndAsync();
        var error = child._process.StandardError.ReadToEndAsync();
        await child._process.WaitForExitAsync().Within(TimeSpan.FromMinutes(1));
        Assert.True(child._process.ExitCode == 0, $"{await output.Within()}\n{await error.Within()}");
    }

    /// <summary>Starts the sample EchoServer on a free port by means of another program, such as one that sets limits.</summary>
    public static ChildProcess EchoServer(string program, params IEnumerable<string> arguments) =>
        new(new ProcessStartInfo(Programs.PathOf(program), [.. arguments, DotNet, PathOfSample, "0"]));

    /// <summary>The next line that it prints.</summary>
    public async Task<string> LineAsync() => await _process.StandardOutput.ReadLineAsync().Within() ?? throw new EndOfStreamException(await _process.StandardError.ReadToEndAsync().Within());

    /// <summary>The next line of its error output; null when it has ended.</summary>
    public Task<string?> ErrorLineAsync() => _process.StandardError.ReadLineAsync();

    /// <summary>Ends it, which must not have ended by itself: the lines of its error output that nobody has read.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        Assert.False(_process.HasExited, "It has ended by itself.");
        _process.Kill(entireProcessTree: true);
        return (await _process.StandardError.ReadToEndAsync().Within()).Split('\n');
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().Within();
        _process.Dispose();
    }

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string PathOfSample => typeof(ChildProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "SampleProgram").Value!;
}
