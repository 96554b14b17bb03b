using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Writes numbered lines, some of them at once, and counts what it is told that is kept. When its connection ends it makes another one,
/// and writes again what it was not told about.
/// </summary>
internal sealed class JournalClient(int number, IPEndPoint proxy)
{
    private const int Window = 4;

    private readonly Queue<long> _open = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _waiters = new();
    private long _written;
    private long _kept;
    private volatile bool _ending;

    public int Number => number;

    /// <summary>An address of its own, by which the servers are to know it.</summary>
    public IPAddress Address { get; } = new([127, 1, 0, (byte)number]);

    /// <summary>The ports it has had.</summary>
    public HashSet<int> Ports { get; } = [];

    /// <summary>How many lines it was told that are kept: the first so many.</summary>
    public long Kept => Interlocked.Read(ref _kept);

    /// <summary>Writes until it is told to end and has heard of all that it has written.</summary>
    public async Task RunAsync()
    {
        while (!_ending || _open.Count > 0)
        {
            await using var stream = await StreamClient.ConnectAsync(proxy, new StreamClientOptions { LocalEndPoint = new IPEndPoint(Address, 0) });
            lock (Ports) Ports.Add(((IPEndPoint)stream.LocalEndPoint!).Port);
            try
            {
                await TalkAsync(stream);
            }
            catch (IOException)
            {
                // The proxy had nobody to connect to, or the host went before it was served.
            }
        }
    }

    /// <summary>Done when it has been told of one line more.</summary>
    public Task NextKeptAsync()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Enqueue(next);
        return next.Task;
    }

    public void End() => _ending = true;

    private async Task TalkAsync(ConnectionStream stream)
    {
        foreach (var line in _open) Write(stream, line);
        while (true)
        {
            while (_open.Count < Window && !_ending)
            {
                _open.Enqueue(++_written);
                Write(stream, _written);
            }

            if (_open.Count == 0 || await stream.ReadLineAsync() is not [_, ..] answer) return;
            Assert.Equal($"ok client {number} line {_open.Peek()}\n", System.Text.Encoding.ASCII.GetString(answer));
            _open.Dequeue();
            Interlocked.Increment(ref _kept);
            while (_waiters.TryDequeue(out var waiter)) waiter.SetResult();
        }
    }

    private void Write(ConnectionStream stream, long line) =>
        stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"client {number} line {line}\n")));
}
