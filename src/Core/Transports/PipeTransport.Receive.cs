using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Kestrel.Streams;

/// <content>
/// The receive, by hand: a wait allocates nothing and has no state machine, and what a receive into nothing has found is kept for the
/// next one, so that a batch of bytes is read from the pipe once and not twice.
/// </content>
internal partial class PipeTransport : IValueTaskSource<int>, IThreadPoolWorkItem
{
    private const int Receiving = 1;
    private const int Released = 2;

    private readonly Action _onRead;
    private int _inputState;
    private ManualResetValueTaskSourceCore<int> _receive;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private Memory<byte> _room;
    private CancellationToken _token;

    // What the last read gave and nobody has taken yet; empty at the end.
    private ReadOnlySequence<byte> _found;
    private bool _hasFound;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _inputState, Receiving, 0) != 0)
            return ValueTask.FromException<int>(new ObjectDisposedException(GetType().FullName));
        int count;
        try
        {
            (_room, _token) = (buffer, cancellationToken);
            if (!_hasFound && !TryRead())
            {
                _receive.Reset();
                var receive = new ValueTask<int>(this, _receive.Version);
                _read.UnsafeOnCompleted(_onRead);
                return receive;
            }

            count = Take();
        }
        catch (Exception e)
        {
            EndReceive();
            return ValueTask.FromException<int>(e);
        }

        EndReceive();
        return ValueTask.FromResult(count);
    }

    int IValueTaskSource<int>.GetResult(short token) => _receive.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _receive.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _receive.OnCompleted(continuation, state, token, flags);

    /// <summary>Goes on with the receive that waited.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        int count;
        try
        {
            if (!TryFind() && !TryRead())
            {
                _read.UnsafeOnCompleted(_onRead);
                return;
            }

            count = Take();
        }
        catch (Exception e)
        {
            EndReceive();
            _receive.SetException(e);
            return;
        }

        EndReceive();
        _receive.SetResult(count);
    }

    private void OnRead()
    {
        if (_flushes > 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else ((IThreadPoolWorkItem)this).Execute();
    }

    /// <summary>Reads until there is something; false when <see cref="_read"/> has to be waited for.</summary>
    private bool TryRead()
    {
        do
        {
            _read = _input.ReadAsync(_token).ConfigureAwait(false).GetAwaiter();
            if (!_read.IsCompleted || _flushes > 0) return false;
        }
        while (!TryFind());
        return true;
    }

    /// <summary>Keeps what the read gave; false when that is nothing, and not because of the end.</summary>
    private bool TryFind()
    {
        var result = _read.GetResult();
        if (result.IsCanceled)
        {
            _input.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("The pipe was closed.");
        }

        _found = result.Buffer;
        _hasFound = result.IsCompleted || !_found.IsEmpty;
        if (!_hasFound) _input.AdvanceTo(_found.Start, _found.End);
        return _hasFound;
    }

    /// <summary>Takes as much of it as there is room for; without room it stays.</summary>
    private int Take()
    {
        if (_room.IsEmpty) return 0;
        var count = (int)Math.Min(_found.Length, _room.Length);
        var taken = _found.Slice(0, count);
        taken.CopyTo(_room.Span);
        (_found, _hasFound) = (default, false);
        // Nothing beyond what was taken counts as examined, so that the next read has the rest at once.
        _input.AdvanceTo(taken.End);
        return count;
    }

    /// <summary>A reader must not be completed while a read is under way: then the read completes it when it ends.</summary>
    private void EndReceive()
    {
        if (Interlocked.CompareExchange(ref _inputState, 0, Receiving) != Receiving) _input.Complete();
    }

    /// <summary>Lets no other receive begin. True when the caller has to complete the reader, because no receive is under way.</summary>
    private bool ReleaseInput()
    {
        if (Interlocked.Or(ref _inputState, Released) == 0) return true;
        _input.CancelPendingRead();
        return false;
    }
}
