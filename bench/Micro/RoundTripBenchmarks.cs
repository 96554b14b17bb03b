using BenchmarkDotNet.Attributes;

namespace Kestrel.Streams.Bench;

/// <summary>A line to the peer and back: every read has to wait. The peer is the echo of the README.</summary>
public class RoundTripBenchmarks : PairBenchmarks
{
    private Task? _echo;

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task WriteAndBorrowLineAsync()
    {
        _echo ??= EchoAsync(Peer);
        for (var i = 0; i < Operations; i++)
        {
            Stream.Write(Line);
            await Stream.BorrowLineAsync();
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public async Task WriteAsyncAndReadLineAsync()
    {
        _echo ??= EchoAsync(Peer);
        for (var i = 0; i < Operations; i++)
        {
            await Stream.WriteAsync(Line);
            await Stream.ReadLineAsync();
        }
    }

    private static async Task EchoAsync(ConnectionStream stream)
    {
        await foreach (var line in stream.BorrowLinesAsync())
        {
            stream.Write(line.Span);
            await stream.DrainAsync();
        }
    }
}
