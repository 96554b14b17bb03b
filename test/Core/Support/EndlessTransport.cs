namespace Kestrel.Streams.Tests;

/// <summary>A transport that always has lines and takes all that is sent, at once and without an allocation.</summary>
internal sealed class EndlessTransport(ReadOnlyMemory<byte> line) : StreamTransport
{
    private int _position;

    public override bool CanTrySend => true;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var bytes = line.Span;
        foreach (ref var next in buffer.Span)
        {
            next = bytes[_position];
            _position = (_position + 1) % bytes.Length;
        }

        return ValueTask.FromResult(buffer.Length);
    }

    public override int TrySend(ReadOnlySpan<byte> data) => data.Length;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort(Exception? reason)
    {
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
