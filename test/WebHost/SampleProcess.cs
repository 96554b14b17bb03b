using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The built sample as a process of its own, started from a directory that is not its own.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly string _program = Assembly.GetExecutingAssembly()
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleProgram").Value!;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _outputRead;
    private readonly Task<string> _errorRead;

    public SampleProcess(params IEnumerable<string> arguments)
    {
        // A runner that was itself started in the background may ignore SIGINT, and a child inherits that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", _program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        _process = Process.Start(start)!;
        _outputRead = ReadOutputAsync();
        _errorRead = _process.StandardError.ReadToEndAsync();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Done when the host has said what to type.</summary>
    public async Task ReadyAsync()
    {
        await Task.WhenAny(_ready.Task, _errorRead).Within();
        if (!_ready.Task.IsCompletedSuccessfully)
            throw new InvalidOperationException($"The sample did not start. It said: {Output}{await _errorRead}");
    }

    public async Task<(int Code, string Error)> ExitAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().Within(limit);
        await _outputRead.Within();
        return (_process.ExitCode, await _errorRead.Within());
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync().Within();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await ExitAsync();
        }
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_output)
                _output.AppendLine(line);
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal))
                _ready.TrySetResult();
        }
    }
}
