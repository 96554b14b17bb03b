namespace Kestrel.Streams.Tests;

/// <summary>A transport that throws out of every call, where others return a task that fails.</summary>
internal sealed class ThrowingTransport(Exception error, bool tries = false) : StreamTransport
{
    public override bool CanTrySend => tries;

    public override bool CanWriteEof => true;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => throw error;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw error;

    public override int TrySend(ReadOnlySpan<byte> data) => throw error;

    public override ValueTask SendEofAsync(CancellationToken cancellationToken) => throw error;

    public override void Abort(Exception? reason)
    {
    }

    public override ValueTask DisposeAsync() => throw error;
}
