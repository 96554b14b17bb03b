using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <content>The receive: what one into nothing has found is kept for the next one, so that a batch of bytes is read from the pipe once and not twice.</content>
internal partial class PipeTransport
{
    private const int Receiving = 1;
    private const int Released = 2;

    private int _inputState;

    // What the last read gave and nobody has taken yet; empty at the end.
    private ReadOnlySequence<byte> _found;
    private bool _hasFound;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _inputState, Receiving, 0) != 0)
            return ValueTask.FromException<int>(new ObjectDisposedException(GetType().FullName));
        return ReadAndTakeAsync(buffer, cancellationToken);
    }

    // A source by hand would save the state machine, but the thread pool makes 32 bytes for whoever waits for a pipe and is none.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAndTakeAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        try
        {
            while (!_hasFound)
            {
                var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (_flushes > 0) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                Keep(result);
            }

            return Take(room.Span);
        }
        finally
        {
            EndReceive();
        }
    }

    /// <summary>Keeps what a read gave, unless that is nothing, and not because of the end.</summary>
    private void Keep(in ReadResult result)
    {
        if (result.IsCanceled)
        {
            _input.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("The pipe was closed.");
        }

        _found = result.Buffer;
        _hasFound = result.IsCompleted || !_found.IsEmpty;
        if (!_hasFound) _input.AdvanceTo(_found.Start, _found.End);
    }

    /// <summary>Takes as much of it as there is room for; without room it stays.</summary>
    private int Take(Span<byte> room)
    {
        if (room.IsEmpty) return 0;
        var count = (int)Math.Min(_found.Length, room.Length);
        var taken = _found.Slice(0, count);
        taken.CopyTo(room);
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
