using System.Collections.Concurrent;

namespace Kestrel.Streams.Tests;

/// <summary>What all connections of a load have done together, and what went wrong.</summary>
internal sealed class LoadFigures
{
    private const int MostFaults = 20;

    private readonly ConcurrentQueue<string> _faults = [];
    private long _said;
    private long _heard;

    /// <summary>Lines sent.</summary>
    public long Said => Interlocked.Read(ref _said);

    /// <summary>Lines that came back as they were sent.</summary>
    public long Heard => Interlocked.Read(ref _heard);

    public RoundTrips RoundTrips { get; } = new();

    /// <summary>The first ones: what was lost, doubled, changed or broken.</summary>
    public IEnumerable<string> Faults => _faults;

    public void CountSaid() => Interlocked.Increment(ref _said);

    public void CountHeard(long sentAt)
    {
        Interlocked.Increment(ref _heard);
        RoundTrips.Add(sentAt);
    }

    public void Fault(string what)
    {
        if (_faults.Count < MostFaults)
            _faults.Enqueue(what);
    }
}
