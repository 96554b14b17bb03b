using BenchmarkDotNet.Attributes;

namespace Kestrel.Streams.Bench;

/// <summary>The writes. The peer takes what was written 64 lines at a time, and its share is in the figure.</summary>
public class WriteBenchmarks : PairBenchmarks
{
    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task Write()
    {
        for (var i = 0; i < Operations; i += Together)
        {
            for (var lines = 0; lines < Together; lines++) Stream.Write(Line);
            await Stream.FlushAsync();
            await Peer.BorrowExactlyAsync(Together * LineLength);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task WriteAndDrainAsync()
    {
        for (var i = 0; i < Operations; i += Together)
        {
            for (var lines = 0; lines < Together; lines++)
            {
                Stream.Write(Line);
                await Stream.DrainAsync();
            }

            await Stream.FlushAsync();
            await Peer.BorrowExactlyAsync(Together * LineLength);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task WriteAsync()
    {
        for (var i = 0; i < Operations; i += Together)
        {
            for (var lines = 0; lines < Together; lines++) await Stream.WriteAsync(Line);
            await Peer.BorrowExactlyAsync(Together * LineLength);
        }
    }

    /// <summary>With nothing unsent: it does not wait.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task DrainAsync()
    {
        for (var i = 0; i < Operations; i++) await Stream.DrainAsync();
    }
}
