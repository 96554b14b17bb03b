namespace Kestrel.Streams.Samples.WebHost.Operations;

/// <summary>What the echo servers have done, counted by every connection at once.</summary>
internal sealed class EchoFigures
{
    private long _connectionsNow;
    private long _connectionsTotal;
    private long _lines;
    private long _bytes;

    public Snapshot Now => new(
        Interlocked.Read(ref _connectionsNow),
        Interlocked.Read(ref _connectionsTotal),
        Interlocked.Read(ref _lines),
        Interlocked.Read(ref _bytes));

    /// <summary>Counts a connection; disposing the result says that it is gone.</summary>
    public IDisposable CountConnection()
    {
        Interlocked.Increment(ref _connectionsNow);
        Interlocked.Increment(ref _connectionsTotal);
        return new Connection(this);
    }

    public void CountLine(int bytes)
    {
        Interlocked.Increment(ref _lines);
        Interlocked.Add(ref _bytes, bytes);
    }

    public sealed record Snapshot(long ConnectionsNow, long ConnectionsTotal, long Lines, long Bytes);

    private sealed class Connection(EchoFigures figures) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref figures._connectionsNow);
    }
}
