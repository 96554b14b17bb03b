using BenchmarkDotNet.Attributes;

namespace Kestrel.Streams.Bench;

/// <summary>Benchmarks over two connected streams. An operation is one line of 64 bytes, or as much of it as the name says.</summary>
[MemoryDiagnoser]
public abstract class PairBenchmarks
{
    /// <summary>Operations in one call, so that what the call itself costs does not count.</summary>
    protected const int Operations = 8192;

    /// <summary>Lines that arrive together: one block of 4 KiB.</summary>
    protected const int Together = 64;

    protected const int LineLength = 64;

    private Pair? _pair;

    [Params(Wire.Memory, Wire.Tcp)]
    public Wire Wire { get; set; }

    protected ConnectionStream Stream => _pair!.Stream;

    protected ConnectionStream Peer => _pair!.Peer;

    protected static byte[] Line { get; } = [.. Enumerable.Repeat((byte)'x', LineLength - 2), (byte)'\r', (byte)'\n'];

    [GlobalSetup]
    public async Task ConnectAsync() => _pair = await Pair.CreateAsync(Wire);

    [GlobalCleanup]
    public async Task DisconnectAsync() => await _pair!.DisposeAsync();
}
