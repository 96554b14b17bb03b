using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A terminal in which commands were typed: a shell in a process group of its own, as a terminal gives to each. Disposing it kills them.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly Process _shell;
    private readonly Task _reading;
    private TaskCompletionSource _more = NewSignal();
    private int _seen;

    public Terminal(string commands, string folder, IReadOnlyDictionary<string, string> environment)
    {
        Commands = commands;
        // A runner that was itself started in the background may ignore SIGINT, and a child inherits that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "setsid", "bash", "-e", "-c", $"exec 2>&1\n{commands}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _shell = Process.Start(start)!;
        _shell.StandardInput.Close();
        _reading = ReadAsync();
    }

    public string Commands { get; }

    /// <summary>Waits until this stands at the end of what was seen before, whatever comes after it.</summary>
    public async Task ShowsAsync(string shown)
    {
        while (true)
        {
            Task more;
            string fresh;
            lock (_lock) (more, fresh) = (_more.Task, _output.ToString(_seen, _output.Length - _seen));
            if (ShownText.EndIn(fresh, shown) is { } end)
            {
                _seen += end;
                return;
            }

            if (_reading.IsCompleted) Assert.Fail($"It has ended. The page shows\n{shown}\nand it printed\n{fresh}");
            await more;
        }
    }

    /// <summary>Waits for the end; this must be all that it has printed since what was seen before. Null for whatever it prints.</summary>
    public async Task EndsAsync(string? shown)
    {
        await _reading;
        await _shell.WaitForExitAsync();
        var fresh = _output.ToString(_seen, _output.Length - _seen);
        if (_shell.ExitCode != 0) Assert.Fail($"It ended with code {_shell.ExitCode} and printed\n{fresh}");
        if (shown is not null && !ShownText.IsAllOf(fresh, shown)) Assert.Fail($"The page shows\n{shown}\nand it printed\n{fresh}");
    }

    /// <summary>Ctrl+C.</summary>
    public Task InterruptAsync() => SignalAsync("-INT");

    /// <summary>What it has printed so far, for whoever finds out that something is missing.</summary>
    public override string ToString()
    {
        lock (_lock) return $"$ {Commands}\n{_output}";
    }

    public async ValueTask DisposeAsync()
    {
        await SignalAsync("-KILL");
        if (!_shell.HasExited) _shell.Kill(entireProcessTree: true);
        await _shell.WaitForExitAsync().Within();
        await _reading.Within();
        _shell.Dispose();
    }

    // To the whole group: what was started in it, and what that has started.
    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, "--", (-_shell.Id).ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardError = true, // there may be nobody left
        })!;
        await kill.WaitForExitAsync().Within();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _shell.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            TaskCompletionSource more;
            lock (_lock)
            {
                _output.Append(buffer, 0, count);
                (more, _more) = (_more, NewSignal());
            }

            more.SetResult();
        }

        lock (_lock) _more.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
