using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Kestrel.Streams.Tests;

/// <summary>A block that is a whole program, in a process and a folder of its own.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-docs");
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly Task _outputRead;
    private readonly Task<string> _errorRead;

    public ChildProgram(string source, ProgramKind kind = ProgramKind.Console, string input = "")
    {
        var program = Path.Combine(_folder.FullName, "program.dll");
        BlockCompiler.CompileProgram([source], program, kind);
        ProgramFolder.AddLibraries(_folder.FullName);

        _process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = _folder.FullName,
            // A worker's host logs to where the program prints; a web program's log tells when it has started.
            Environment = { ["Logging__LogLevel__Default"] = kind == ProgramKind.Worker ? "None" : "Information" },
        })!;
        _outputRead = ReadOutputAsync();
        _errorRead = _process.StandardError.ReadToEndAsync();
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
    }

    /// <summary>The lines it has printed up to the first one that is wanted.</summary>
    public async Task<IReadOnlyList<string>> LinesUntilAsync(Func<string, bool> wanted)
    {
        var lines = new List<string>();
        await foreach (var line in _lines.Reader.ReadAllAsync())
        {
            lines.Add(line);
            if (wanted(line)) return lines;
        }

        throw new InvalidOperationException($"The program ended. It said: {string.Join('\n', lines)}\n{await _errorRead}");
    }

    /// <summary>All that it prints until it ends by itself.</summary>
    public async Task<string> OutputAsync()
    {
        await _process.WaitForExitAsync();
        await _outputRead;
        var error = await _errorRead;
        if (_process.ExitCode != 0 || error.Length > 0)
            throw new InvalidOperationException($"The program ended with {_process.ExitCode}. It said: {_output}\n{error}");
        return _output.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync().Within();
        await _outputRead.Within();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _output.Append(line).Append('\n');
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}
