using System.Text;

namespace Kestrel.Streams.Samples.Journal;

/// <summary>A file that lines are added to, one at a time; a line that is added is in the hands of the system.</summary>
internal sealed class JournalFile(string path) : IAsyncDisposable
{
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
    private readonly SemaphoreSlim _turn = new(1);

    public async Task AppendAsync(string line)
    {
        await _turn.WaitAsync();
        try
        {
            await _file.WriteAsync(Encoding.UTF8.GetBytes(line));
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _turn.Dispose();
    }
}
