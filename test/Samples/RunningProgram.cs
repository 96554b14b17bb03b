using System.Diagnostics;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>A sample, or a program that a sample talks to. Disposing it kills it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private RunningProgram(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    public static RunningProgram Start(string program, params IEnumerable<string> arguments) =>
        new(new ProcessStartInfo(Programs.PathOf(program), arguments));

    /// <summary>A built sample by the name of its folder.</summary>
    public static RunningProgram Sample(string name, params IEnumerable<string> arguments) => new(SampleStart(name, arguments));

    /// <summary>A built sample that trusts the certificates of a PEM file and no others.</summary>
    public static RunningProgram SampleThatTrusts(string file, string name, params IEnumerable<string> arguments)
    {
        var start = SampleStart(name, arguments);
        start.Environment["SSL_CERT_FILE"] = file;
        return new RunningProgram(start);
    }

    /// <summary>The first line that it prints from here on and that has this in it.</summary>
    public async Task<string> ReadUntilAsync(string part)
    {
        while (true)
        {
            if (await ReadLineAsync() is { } line && line.Contains(part, StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>The next line that it prints.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().Within()
        ?? throw new EndOfStreamException($"It ended with code {(await EndAsync()).Code} and said no more than: {await _error}");

    /// <summary>All that it prints from here on.</summary>
    public Task<string> ReadToEndAsync() => _process.StandardOutput.ReadToEndAsync();

    public async Task WriteAndEndInputAsync(string input)
    {
        await _process.StandardInput.WriteAsync(input).Within();
        _process.StandardInput.Close();
    }

    /// <summary>Waits for its end: what it printed that was not read yet, and what it complained of.</summary>
    public async Task<(int Code, string Output, string Error)> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().Within();
        await _process.WaitForExitAsync().Within();
        return (_process.ExitCode, output, await _error.Within());
    }

    /// <summary>Waits for its end, and fails unless it has complained in one plain line.</summary>
    public async Task FailsAsync(params IEnumerable<string> complaint)
    {
        var (code, output, error) = await EndAsync();
        Assert.Equal((1, ""), (code, output));
        var line = Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.All(complaint, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }

    /// <summary>Presses Ctrl+C, and waits for its end.</summary>
    public Task<(int Code, string Output, string Error)> InterruptAsync() => SignalAsync("INT");

    /// <summary>Sends it a signal, by its name, and waits for its end.</summary>
    public async Task<(int Code, string Output, string Error)> SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync().Within();
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().Within();
        _process.Dispose();
    }

    // A runner that was itself started in the background may ignore SIGINT, and a child inherits that.
    private static ProcessStartInfo SampleStart(string name, IEnumerable<string> arguments) => new(
        "env",
        ["--default-signal=INT", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", PathOfSample(name), .. arguments]);

    public static string PathOfSample(string name) => typeof(RunningProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == "SamplePrograms").Value!.Split(';')
        .Single(path => Path.GetFileName(path) == $"Kestrel.Streams.Samples.{name}.dll");
}
