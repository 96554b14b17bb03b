using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>
/// The bytes of a transport as a <see cref="Stream"/>, for <see cref="TlsTransport"/>: what the stream above had received already, then
/// what the transport receives. It has no buffer of its own.
/// </summary>
internal sealed class TransportStream(StreamTransport transport, StreamInput received) : Stream
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();
    private StreamInput? _received = received;
    private bool _shakesHands = true;
    private bool _decrypts;
    private bool _readsNoMore;
    private TaskCompletionSource? _rests;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the end of the transport's input has come.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>
    /// From now on a send that fails is an error. Before, the peer may have said all it had to say and be gone, as a TLS 1.3 client may be
    /// when the server sends its session tickets: its last words, or the alert that tells why, are still to be read.
    /// </summary>
    public void EndHandshake() => _shakesHands = false;

    /// <summary>The session may work on what it has received: called before it reads, and when it has got something.</summary>
    /// <exception cref="ObjectDisposedException">It reads no more.</exception>
    public void BeginDecryption()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_readsNoMore, this);
            _decrypts = true;
        }
    }

    /// <summary>The session waits, or its read has ended.</summary>
    public void EndDecryption()
    {
        lock (_gate)
        {
            _decrypts = false;
            _rests?.TrySetResult();
        }
    }

    /// <summary>Lets the session read no more; done when it does not decrypt any more.</summary>
    public Task EndReadsAsync()
    {
        lock (_gate)
        {
            _readsNoMore = true;
            if (!_decrypts) return Task.CompletedTask;
            _rests ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _rests.Task;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EndDecryption();
        var count = await ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        BeginDecryption();
        HasEnded = count == 0 && !buffer.IsEmpty;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        // TLS has something to say of its own at times, while it reads: that must not get into a record that is on its way.
        if (!_turn.Wait(0, CancellationToken.None)) return WriteInTurnAsync(data);
        try
        {
            var sent = transport.CanTrySend ? transport.TrySend(data.Span) : 0;
            if (sent == data.Length)
            {
                _turn.Release();
                return ValueTask.CompletedTask;
            }

            return SendRestAsync(data[sent..]);
        }
        catch (Exception e)
        {
            _turn.Release();
            return _shakesHands ? ValueTask.CompletedTask : ValueTask.FromException(e);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_received is { HasRest: true } rest) return rest.ReadRestAsync(buffer, cancellationToken);
        _received = null;
        return transport.ReceiveAsync(buffer, cancellationToken);
    }

    private async ValueTask WriteInTurnAsync(ReadOnlyMemory<byte> data)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        await SendRestAsync(data).ConfigureAwait(false);
    }

    /// <summary>A record is sent whole or the session is over, so nothing cancels it. Called with the turn taken.</summary>
    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            await transport.SendAsync(data, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception) when (_shakesHands)
        {
            // Receiving shows what it means.
        }
        finally
        {
            _turn.Release();
        }
    }
}
