namespace Kestrel.Streams.Tests;

/// <summary>The other end of a pair in memory, which is itself a stream.</summary>
internal sealed class StreamPeer(ConnectionStream stream) : Peer
{
    public override Task SendAsync(ReadOnlyMemory<byte> data) => stream.WriteAsync(data).AsTask();

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

    public override Task SendFinAsync() => stream.WriteEofAsync().AsTask();

    public override Task CloseAsync() => stream.CloseAsync().AsTask();

    public override void Reset() => stream.Abort();

    public override async ValueTask DisposeAsync() => await stream.AbortAsync();
}
