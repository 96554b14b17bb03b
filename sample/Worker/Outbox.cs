using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Kestrel.Streams.Samples.Worker;

/// <summary>Numbered lines, each kept until it is acknowledged. One adds, one sends, one acknowledges.</summary>
internal sealed class Outbox(int capacity) : IDisposable
{
    private readonly Channel<Line> _new = Channel.CreateUnbounded<Line>();
    private readonly ConcurrentQueue<Line> _sent = new();
    private readonly SemaphoreSlim _room = new(capacity);
    private long _last;

    public long Acknowledged { get; private set; }

    public int Waiting => _sent.Count + _new.Reader.Count;

    /// <summary>Whether there will be no more lines and all are acknowledged.</summary>
    public bool IsDone => _new.Reader.Completion.IsCompleted && _sent.IsEmpty;

    /// <summary>Adds a line; waits while too many are not acknowledged.</summary>
    public async Task AddAsync(string text, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        _new.Writer.TryWrite(new Line(++_last, text));
    }

    /// <summary>There will be no more lines.</summary>
    public void Complete() => _new.Writer.Complete();

    /// <summary>What a new connection has to send: first what was sent before and not acknowledged, then what comes.</summary>
    public async IAsyncEnumerable<Line> LinesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var line in _sent)
            yield return line;
        await foreach (var line in _new.Reader.ReadAllAsync(cancellationToken))
        {
            _sent.Enqueue(line);
            yield return line;
        }
    }

    /// <summary>Forgets the oldest line, unless it has another number.</summary>
    public bool TryAcknowledge(string number)
    {
        if (!_sent.TryPeek(out var oldest) || oldest.Number.ToString() != number)
            return false;
        _sent.TryDequeue(out _);
        Acknowledged = oldest.Number;
        _room.Release();
        return true;
    }

    public void Dispose() => _room.Dispose();

    internal readonly record struct Line(long Number, string Text);
}
