using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>
/// Over any pair of pipes: a stock Kestrel connection, a WebSocket connection, anything that a middleware put in place.
/// </summary>
internal partial class PipeTransport : StreamTransport
{
    /// <summary>One flush for so many bytes at most, so that a big write cannot fill a pipe far beyond its threshold.</summary>
    private const int MaxChunk = 64 * 1024;

    // A pipe may run its reader within the flush, and a stream flushes under a lock: what reads goes on elsewhere then.
    [ThreadStatic]
    private static int _flushes;

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Lock _gate = new();
    private Task<FlushResult>? _flushing;
    private bool _outputEnded;
    private bool _released;

    public PipeTransport(IDuplexPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        (_input, _output) = (pipe.Input, pipe.Output);
    }

    public override bool CanTrySend => true;

    /// <summary>Whether the connection is gone, where a flush would not show it.</summary>
    private protected virtual bool IsGone => false;

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
            _output.Write(chunk);
            _flushes++;
            try
            {
                flush = _output.FlushAsync(CancellationToken.None);
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
            _output.CancelPendingFlush();
            return;
        }

        if (endOutput)
        {
            // A writer must not be completed while a flush is under way: the flush ends first.
            if (_flushing is { IsCompleted: false } flushing)
            {
                _output.CancelPendingFlush();
                _ = flushing.ContinueWith(
                    (_, why) => _output.Complete((Exception?)why), reason, CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            else
            {
                _output.Complete(reason);
            }
        }

        if (endInput) _input.Complete(reason);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!Release(out var endOutput, out var endInput)) return;
        // The last send may have left its flush under way, and most writers must not be completed beside one. A pipe of our own may.
        if (endOutput && !CanWriteEof && _flushing is { } flushing)
            await ((Task)flushing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (endOutput) await _output.CompleteAsync().ConfigureAwait(false);
        if (endInput) await _input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the output alone; only for pipes of which it is known that the input lives on.</summary>
    private protected ValueTask EndOutputAsync()
    {
        _outputEnded = true;
        return _output.CompleteAsync();
    }

    private bool Release(out bool endOutput, out bool endInput)
    {
        lock (_gate)
        {
            endOutput = !_outputEnded;
            endInput = false;
            if (_released) return false;
            _released = true;
            _outputEnded = true;
            // Nobody asks any more what has become of it.
            if (_flushing is { } flushing) _ = ((Task)flushing).Observed();
        }

        endInput = ReleaseInput();
        return true;
    }

    private void ThrowIfGone(FlushResult result)
    {
        // A stock Kestrel connection never throws: after a reset its flushes say that nobody reads any more.
        if (result.IsCompleted || IsGone) throw new SocketException((int)SocketError.ConnectionReset);
    }
}
