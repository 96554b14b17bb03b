namespace Kestrel.Streams;

/// <summary>
/// The lines of a stream, one after the other. By hand, because the compiler's iterator costs as much for a line that is buffered
/// already as the line itself.
/// </summary>
internal sealed class BorrowedLines(ConnectionStream stream, CancellationToken cancellationToken) : IAsyncEnumerable<ReadOnlyMemory<byte>>
{
    public IAsyncEnumerator<ReadOnlyMemory<byte>> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Enumerator(stream, Token, cancellationToken);

    private CancellationToken Token => cancellationToken;

    private sealed class Enumerator : IAsyncEnumerator<ReadOnlyMemory<byte>>
    {
        private readonly ConnectionStream _stream;
        private readonly CancellationTokenSource? _either;
        private readonly CancellationToken _token;
        private ReadOnlyMemory<byte> _line;
        private LineRead? _waited;

        public Enumerator(ConnectionStream stream, CancellationToken one, CancellationToken other)
        {
            _stream = stream;
            if (one.CanBeCanceled && other.CanBeCanceled && one != other)
                _either = CancellationTokenSource.CreateLinkedTokenSource(one, other);
            _token = _either?.Token ?? (one.CanBeCanceled ? one : other);
        }

        public ReadOnlyMemory<byte> Current => _waited?.Line ?? _line;

        public ValueTask<bool> MoveNextAsync()
        {
            _waited = null;
            if (!_token.IsCancellationRequested && _stream.Input.TryLendLine(out _line)) return ValueTask.FromResult(true);
            _waited = _stream.BeginLineRead(_token, out var token);
            return new ValueTask<bool>(_waited, token);
        }

        public ValueTask DisposeAsync()
        {
            _either?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
