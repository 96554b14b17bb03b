using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A program started by a test. Its output is read only when a test asks for it; its error output is collected all the time and is
/// part of every failure. Disposing it kills it.
/// </summary>
public sealed class Peer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _commandLine;
    private readonly PipeReader _output;
    private readonly StringBuilder _errors = new();
    private readonly Channel<string> _errorLines = Channel.CreateUnbounded<string>();
    private readonly Task _errorsCollected;

    private Peer(Process process, string commandLine)
    {
        _process = process;
        _commandLine = commandLine;
        _output = PipeReader.Create(process.StandardOutput.BaseStream);
        _errorsCollected = CollectErrorsAsync();
    }

    public static Peer Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Programs.PathOf(program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Peer(Process.Start(start)!, $"{program} {string.Join(' ', start.ArgumentList)}");
    }

    /// <summary>Starts it and waits until it is ready; when that fails it is gone again.</summary>
    public static async Task<Peer> StartAsync(string program, IEnumerable<string> arguments, Func<Peer, Task> ready)
    {
        var peer = Start(program, arguments);
        try
        {
            await ready(peer);
            return peer;
        }
        catch (Exception error)
        {
            var story = await peer.TellAsync();
            await peer.DisposeAsync();
            throw new InvalidOperationException($"{error.Message}\n{story}", error);
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> input)
    {
        var stdin = _process.StandardInput.BaseStream;
        await stdin.WriteAsync(input).Within();
        await stdin.FlushAsync().Within();
    }

    public void EndInput() => _process.StandardInput.Close();

    public async Task SendAllAsync(ReadOnlyMemory<byte> input)
    {
        await SendAsync(input);
        EndInput();
    }

    /// <summary>The next line of its output, without its end.</summary>
    public async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var read = await _output.ReadAsync().Within();
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                _output.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            _output.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                throw new EndOfStreamException("The peer ended before it said what the test waits for.");
        }
    }

    /// <summary>The next line of the output with this text in it, or a failure when the peer ends without one.</summary>
    public async Task<string> LineAsync(string text)
    {
        string line;
        do
            line = await ReadLineAsync();
        while (!line.Contains(text, StringComparison.Ordinal));
        return line;
    }

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _output.AsStream(leaveOpen: true).ReadExactlyAsync(bytes).Within();
        return bytes;
    }

    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await _output.CopyToAsync(all).Within();
        return all.ToArray();
    }

    /// <summary>The next line of the error output with this text in it, or a failure when the peer ends without one.</summary>
    public async Task<string> ErrorLineAsync(string text)
    {
        while (await _errorLines.Reader.WaitToReadAsync().Within())
        {
            if (_errorLines.Reader.TryRead(out var line) && line.Contains(text, StringComparison.Ordinal))
                return line;
        }

        throw new EndOfStreamException($"The peer ended before it said '{text}'.");
    }

    /// <summary>Waits for its end, and fails unless it was content.</summary>
    public async Task SucceedAsync()
    {
        var code = await EndAsync();
        Assert.True(code == 0, $"The peer ended with code {code}.");
    }

    /// <summary>Waits for its end, and gives its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().Within();
        await _errorsCollected.Within();
        return _process.ExitCode;
    }

    /// <summary>Sends it a signal, by its name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync().Within();
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>What it is and what it said. One that is just failing gets a moment to say why.</summary>
    public async Task<string> TellAsync()
    {
        await ((Task)EndAsync()).WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var state = _process.HasExited ? $"ended with code {_process.ExitCode}" : "running";
        lock (_errors)
            return $"Peer: {_commandLine}\nIts state: {state}\nIts stderr: {_errors}";
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await EndAsync();
        _process.Dispose();
    }

    private async Task CollectErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
                _errors.AppendLine(line);
            _errorLines.Writer.TryWrite(line);
        }

        _errorLines.Writer.Complete();
    }
}
