using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>
/// Over any pair of pipes: a stock Kestrel connection, a WebSocket connection, anything that a middleware put in place.
/// </summary>
internal class PipeTransport : StreamTransport
{
    /// <summary>One flush for so many bytes at most, so that a big write cannot fill a pipe far beyond its threshold.</summary>
    private const int MaxChunk = 64 * 1024;

    // A pipe may run its reader within the flush, and a stream flushes under a lock: what reads goes on elsewhere then.
    [ThreadStatic]
    private static int _flushes;

    private readonly IDuplexPipe _pipe;
    private readonly Lock _gate = new();
    private Task<FlushResult>? _flushing;
    private bool _receiving;
    private bool _outputEnded;
    private bool _released;

    public PipeTransport(IDuplexPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _pipe = pipe;
    }

    public override bool CanTrySend => true;

    /// <summary>Whether the connection is gone, where a flush would not show it.</summary>
    private protected virtual bool IsGone => false;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BeginReceive();
        try
        {
            while (true)
            {
                var result = await _pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (_flushes > 0) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                if (TryTake(result, buffer.Span, out var count)) return count;
            }
        }
        finally
        {
            EndReceive();
        }
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        if (_flushing is { } earlier)
        {
            if (!earlier.IsCompleted) return 0;
            _flushing = null;
            ThrowIfGone(earlier.GetAwaiter().GetResult());
        }

        var chunk = data[..Math.Min(data.Length, MaxChunk)];
        ValueTask<FlushResult> flush;
        lock (_gate)
        {
            // An abort completes the writer: nothing may be written beside that, or after it.
            ObjectDisposedException.ThrowIf(_released, this);
            _pipe.Output.Write(chunk);
            _flushes++;
            try
            {
                flush = _pipe.Output.FlushAsync(CancellationToken.None);
            }
            finally
            {
                _flushes--;
            }

            if (!flush.IsCompleted)
            {
                _flushing = flush.AsTask();
                return chunk.Length;
            }
        }

        ThrowIfGone(flush.GetAwaiter().GetResult());
        return chunk.Length;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_flushing is { } flush)
            {
                ThrowIfGone(await flush.WaitAsync(cancellationToken).ConfigureAwait(false));
                _flushing = null;
            }

            if (data.IsEmpty) return;
            data = data[TrySend(data.Span)..];
        }
    }

    public override void Abort(Exception? reason)
    {
        reason ??= new OperationCanceledException("The connection was aborted.");
        if (!Release(out var endOutput, out var endInput))
        {
            // A dispose may be waiting for a flush that the other end holds up.
            _pipe.Output.CancelPendingFlush();
            return;
        }

        if (endOutput)
        {
            // A writer must not be completed while a flush is under way: the flush ends first.
            if (_flushing is { IsCompleted: false } flushing)
            {
                _pipe.Output.CancelPendingFlush();
                _ = flushing.ContinueWith(
                    (_, why) => _pipe.Output.Complete((Exception?)why), reason, CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            else
            {
                _pipe.Output.Complete(reason);
            }
        }

        if (endInput) _pipe.Input.Complete(reason);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!Release(out var endOutput, out var endInput)) return;
        // The last send may have left its flush under way, and most writers must not be completed beside one. A pipe of our own may.
        if (endOutput && !CanWriteEof && _flushing is { } flushing)
            await ((Task)flushing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (endOutput) await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        if (endInput) await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the output alone; only for pipes of which it is known that the input lives on.</summary>
    private protected ValueTask EndOutputAsync()
    {
        _outputEnded = true;
        return _pipe.Output.CompleteAsync();
    }

    private void BeginReceive()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_released, this);
            _receiving = true;
        }
    }

    /// <summary>Takes as much as there is room for; false when that is nothing, and not because of the end.</summary>
    private bool TryTake(in ReadResult result, Span<byte> buffer, out int count)
    {
        var data = result.Buffer;
        if (result.IsCanceled)
        {
            _pipe.Input.AdvanceTo(data.Start);
            throw new OperationCanceledException("The pipe was closed.");
        }

        count = (int)Math.Min(data.Length, buffer.Length);
        if (data.IsEmpty && !result.IsCompleted)
        {
            _pipe.Input.AdvanceTo(data.Start, data.End);
            return false;
        }

        var taken = data.Slice(0, count);
        taken.CopyTo(buffer);
        // Nothing beyond what was taken counts as examined, so that the next read has the rest at once.
        _pipe.Input.AdvanceTo(taken.End);
        return true;
    }

    /// <summary>A reader must not be completed while a read is under way: then the read completes it when it ends.</summary>
    private void EndReceive()
    {
        lock (_gate)
        {
            _receiving = false;
            if (!_released) return;
        }

        _pipe.Input.Complete();
    }

    private bool Release(out bool endOutput, out bool endInput)
    {
        lock (_gate)
        {
            endOutput = !_outputEnded;
            endInput = !_receiving;
            if (_released) return false;
            _released = true;
            _outputEnded = true;
        }

        if (!endInput) _pipe.Input.CancelPendingRead();
        return true;
    }

    private void ThrowIfGone(FlushResult result)
    {
        // A stock Kestrel connection never throws: after a reset its flushes say that nobody reads any more.
        if (result.IsCompleted || IsGone) throw new SocketException((int)SocketError.ConnectionReset);
    }
}
