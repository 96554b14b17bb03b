using BenchmarkDotNet.Attributes;

namespace Kestrel.Streams.Bench;

/// <summary>The reads. The lines come 64 at a time: one in 64 reads finds an empty buffer, and its share of the peer's send is in the figure.</summary>
public class ReadBenchmarks : PairBenchmarks
{
    private static readonly byte[] _block = [.. Enumerable.Repeat(Line, Together).SelectMany(line => line)];

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task BorrowLineAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.BorrowLineAsync();
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task BorrowLinesAsync()
    {
        await Peer.WriteAsync(_block);
        var lines = 0;
        await foreach (var _ in Stream.BorrowLinesAsync())
        {
            if (++lines == Operations) break;
            if (lines % Together == 0) await Peer.WriteAsync(_block);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task TryBorrowLine()
    {
        for (var i = 0; i < Operations; i += Together)
        {
            await Peer.WriteAsync(_block);
            for (var lines = 0; lines < Together;)
            {
                if (!Stream.TryBorrowLine(out _)) await Stream.BorrowLineAsync();
                lines++;
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task ReadLineAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.ReadLineAsync();
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task BorrowUntilAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.BorrowUntilAsync("\r\n"u8);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task ReadUntilAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.ReadUntilAsync("\r\n"u8);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task BorrowExactlyAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.BorrowExactlyAsync(LineLength);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task ReadExactlyAsync()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (i % Together == 0) await Peer.WriteAsync(_block);
            await Stream.ReadExactlyAsync(LineLength);
        }
    }
}
