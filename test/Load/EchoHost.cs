using System.Diagnostics;
using System.Net;
using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>The built sample/WebHost as a process of its own, told by its environment what to be, as one that is deployed.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private static readonly string _program = Assembly.GetExecutingAssembly()
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleProgram").Value!;

    private readonly Process _process;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks-");
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];
    private readonly Task _outputRead;
    private readonly Task<string> _errorRead;

    private EchoHost((string Key, string Value)[] settings)
    {
        // A runner that was itself started in the background may ignore a signal, and a child inherits that. "env" becomes the host.
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo("env", ["--default-signal=TERM", dotnet, _program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        Set("Urls", "http://127.0.0.1:0");
        Set("Streams:Servers:tcp:Endpoints:Echo:Url", "tcp://127.0.0.1:0");
        Set("Streams:Servers:tls:Endpoints:Echo:Url", "tls://127.0.0.1:0");
        Set("Streams:Servers:unix:Endpoints:Echo:Url", "unix:" + Path.Combine(_directory.FullName, "echo.sock"));
        Set("Streams:Servers:chat:Endpoints:TCP:Url", "tcp://127.0.0.1:0");
        Set("Streams:Servers:chat:Endpoints:TLS:Url", "tls://127.0.0.1:0");
        Set("Streams:Servers:chat:Endpoints:Unix:Url", "unix:" + Path.Combine(_directory.FullName, "chat.sock"));
        Set("Logging:Console:FormatterOptions:SingleLine", "true");
        foreach (var (key, value) in settings)
            Set(key, value);
        _process = Process.Start(start)!;
        Figures = new ProcessFigures(_process.Id);
        _outputRead = ReadOutputAsync();
        _errorRead = _process.StandardError.ReadToEndAsync();

        void Set(string key, string value) => start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
    }

    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>What the system tells of its process.</summary>
    public ProcessFigures Figures { get; }

    public static async Task<EchoHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var host = new EchoHost(settings);
        try
        {
            await Task.WhenAny(host._ready.Task, host._outputRead).Within();
            if (!host._ready.Task.IsCompleted)
                throw new InvalidOperationException($"The host did not start: {await host._errorRead.Within()}");
            host.EndPoint = IPEndPoint.Parse(host.Lines("  TCP ").Single()[6..].Trim());
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it has printed and logged until now and that has this in it.</summary>
    public List<string> Lines(string part)
    {
        lock (_output)
            return _output.FindAll(line => line.Contains(part, StringComparison.Ordinal));
    }

    /// <summary>Waits until it has no more sockets open than that.</summary>
    public Task HasNoMoreSocketsAsync(int count) =>
        Eventually.IsTrueAsync(() => Figures.Sockets <= count, $"{count} sockets of the host are open");

    /// <summary>Asks it to end, as a service manager does, and waits for that.</summary>
    public async Task<(int Code, string Error)> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().Within();
        await _process.WaitForExitAsync().Within();
        await _outputRead.Within();
        return (_process.ExitCode, await _errorRead.Within());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync().Within();
        await _outputRead.Within();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_output)
                _output.Add(line);
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal))
                _ready.TrySetResult();
        }
    }
}
