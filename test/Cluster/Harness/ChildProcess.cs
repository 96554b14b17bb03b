using System.Diagnostics;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A program of the cluster. All that it says is kept, for the message of a test that fails. Disposing it kills it and its children.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly List<(string Part, TaskCompletionSource Heard)> _awaited = [];
    private readonly Task _read;

    public ChildProcess(string name, string program, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        Name = name;
        // A runner that was itself started in the background may ignore SIGINT, and a child inherits that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _read = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    public string Name { get; }

    public int Id => _process.Id;

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Done when it has said something with this in it; fails when it ends without.</summary>
    public async Task HearAsync(string part, TimeSpan? limit = null)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_said)
        {
            if (Said.Contains(part, StringComparison.Ordinal)) return;
            _awaited.Add((part, heard));
        }

        await Task.WhenAny(heard.Task, _read).Within(limit, $"'{part}' of {Name}");
        Assert.True(heard.Task.IsCompleted, $"{Name} has ended without saying '{part}'.");
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync().Within();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for its end; its code.</summary>
    public async Task<int> ExitAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().Within(limit, $"the end of {Name}");
        await _read.Within();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await ExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                _said.AppendLine(line);
                foreach (var (_, heard) in _awaited.Where(awaited => line.Contains(awaited.Part, StringComparison.Ordinal))) heard.TrySetResult();
            }
        }
    }
}
