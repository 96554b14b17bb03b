namespace Kestrel.Streams.Tests;

/// <summary>Brings its pieces one after the other, each at once, and then the end: a read that has to wait would wait for nothing.</summary>
internal sealed class PieceTransport(params IEnumerable<ReadOnlyMemory<byte>> pieces) : StreamTransport
{
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new(pieces.Where(static piece => !piece.IsEmpty));

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty || !_pieces.TryPeek(out var piece)) return ValueTask.FromResult(0);
        var count = Math.Min(buffer.Length, piece.Length);
        piece[..count].CopyTo(buffer);
        _pieces.Dequeue();
        // What had no room comes next, before the other pieces.
        if (count < piece.Length)
        {
            var later = _pieces.ToArray();
            _pieces.Clear();
            _pieces.Enqueue(piece[count..]);
            foreach (var one in later) _pieces.Enqueue(one);
        }

        return ValueTask.FromResult(count);
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort(Exception? reason)
    {
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
