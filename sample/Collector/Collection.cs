using System.Text;

namespace Kestrel.Streams.Samples.Collector;

/// <summary>
/// The file of all lines, each <c>run number text</c>: what is in it is written for good, and is not written again. It is all that a
/// collector knows after a restart, also when it was killed in the middle of a line.
/// </summary>
internal sealed class Collection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _lastOfRun = [];
    private readonly FileStream _file;

    public Collection(string path)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var text = new byte[_file.Length];
        _file.ReadExactly(text);
        // A line that is cut was not acknowledged: it will come again.
        var whole = Array.LastIndexOf(text, (byte)'\n') + 1;
        _file.SetLength(whole);
        foreach (var line in Encoding.UTF8.GetString(text, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _lastOfRun[line.Split(' ')[0]] = long.Parse(line.Split(' ')[1]);
    }

    /// <summary>Writes a line to the disk, unless it is there already: then it returns false.</summary>
    public bool Add(string run, long number, string line)
    {
        // The old connection of a worker may still be here when the new one is.
        lock (_gate)
        {
            if (number <= _lastOfRun.GetValueOrDefault(run))
                return false;
            _file.Write(Encoding.UTF8.GetBytes($"{run} {line}\n"));
            _file.Flush(flushToDisk: true);
            _lastOfRun[run] = number;
            return true;
        }
    }

    public void Dispose() => _file.Dispose();
}
