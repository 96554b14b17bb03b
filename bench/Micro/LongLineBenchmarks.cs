using BenchmarkDotNet.Attributes;

namespace Kestrel.Streams.Bench;

/// <summary>One line that comes byte by byte. Twice the line, twice the time: what was searched is not searched again.</summary>
[MemoryDiagnoser]
public class LongLineBenchmarks
{
    private ConnectionStream? _stream;

    [Params(8, 16, 32, 64)]
    public int KiB { get; set; }

    [GlobalSetup]
    public void Connect() => _stream = ConnectionStream.Create(new OneByteTransport(KiB * 1024));

    [GlobalCleanup]
    public async Task Disconnect() => await _stream!.DisposeAsync();

    [Benchmark]
    public async Task<int> ByteByByte() => (await _stream!.BorrowLineAsync()).Length;

    /// <summary>Lines of one length without an end, one byte for each receive.</summary>
    private sealed class OneByteTransport(int length) : StreamTransport
    {
        private int _sent;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (buffer.IsEmpty) return ValueTask.FromResult(0);
            _sent = (_sent + 1) % length;
            buffer.Span[0] = _sent == 0 ? (byte)'\n' : (byte)'x';
            return ValueTask.FromResult(1);
        }

        public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort(Exception? reason)
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
