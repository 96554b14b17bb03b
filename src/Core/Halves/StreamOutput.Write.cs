namespace Kestrel.Streams;

internal sealed partial class StreamOutput
{
    /// <summary>Buffers; waits for room above the mark.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        while (true)
        {
            PendingWrite room;
            using (_gate.Enter())
            {
                ThrowIfEnded();
                if (Waiting > _roomMark && !_sending) Push();
                ThrowIfUnusable();
                if (Waiting <= _roomMark)
                {
                    Collect(data);
                    SweepLater();
                    return;
                }

                room = WaitFor(_roomMark);
            }

            SendUnsent();
            // The one place that blocks by contract: Write has no other way to hold a fast writer back.
            room.WaitAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Sends; done when the bytes are below.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // Behind writes that are not sent yet: one send for all, and one wake-up of the other end.
        if (data.Length <= ShortWrite && Unsent > 0) return WriteAsync(data.Span, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        PendingWrite write;
        try
        {
            using (_gate.Enter())
            {
                ThrowIfEnded();
                if (data.IsEmpty) return ValueTask.CompletedTask;
                var sent = !_sending && Push() ? TrySend(data.Span) : 0;
                ThrowIfUnusable();
                data = data[sent..];
                _accepted += sent;
                _passed += sent;
                if (data.IsEmpty) return ValueTask.CompletedTask;
                write = Enqueue(data);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }

        SendUnsent();
        return write.WaitAsync(cancellationToken);
    }

    /// <summary>As <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, with the data copied before it returns.</summary>
    public ValueTask WriteAsync(ReadOnlySpan<byte> data, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        PendingWrite flush;
        try
        {
            using (_gate.Enter())
            {
                ThrowIfEnded();
                if (data.IsEmpty && Unsent == 0) return ValueTask.CompletedTask;
                Collect(data);
                if (!_sending && Push()) return ValueTask.CompletedTask;
                ThrowIfUnusable();
                flush = Mark();
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }

        SendUnsent();
        return flush.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until what was accepted so far is below.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        PendingWrite flush;
        try
        {
            using (_gate.Enter())
            {
                ThrowIfUnusable();
                if (Unsent == 0 || (!_sending && Push())) return ValueTask.CompletedTask;
                ThrowIfUnusable();
                flush = Mark();
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }

        SendUnsent();
        return flush.WaitAsync(cancellationToken);
    }

    /// <summary>At once at or under the high-water mark; else when no more than the low-water mark is unsent.</summary>
    public ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        // Asked after every line, and nearly always in vain: without the lock it costs nothing.
        if (Waiting <= _highWaterMark && !_closed && Fault is null && _stream.CanWriteAtAll) return ValueTask.CompletedTask;
        PendingWrite drain;
        try
        {
            using (_gate.Enter())
            {
                ThrowIfUnusable();
                if (Waiting <= _highWaterMark || (!_sending && Push())) return ValueTask.CompletedTask;
                ThrowIfUnusable();
                if (Waiting <= _lowWaterMark) return ValueTask.CompletedTask;
                drain = WaitFor(_lowWaterMark);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }

        SendUnsent();
        return drain.WaitAsync(cancellationToken);
    }

    /// <summary>Sends all, then ends the output. Called again it waits for the same end.</summary>
    public Task WriteEofAsync()
    {
        using (_gate.Enter())
        {
            ThrowIfUnusable();
            if (_eof is null)
            {
                ThrowIfEnded();
                // The end belongs to the stream, not to the call: cancelling the call does not take it back.
                var flush = Unsent == 0 ? ValueTask.CompletedTask : Mark().WaitAsync(CancellationToken.None);
                _eof = SendEofAsync(flush).Observed();
            }
        }

        SendUnsent();
        return _eof;
    }

    private async Task SendEofAsync(ValueTask flush)
    {
        // Leaves the lock of the caller before anything can run under it.
        await Task.Yield();
        await flush.ConfigureAwait(false);
        try
        {
            await _transport.SendEofAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            using (_gate.Enter())
            {
                if (_closed) throw _stream.ClosedError();
            }

            var fault = _stream.Broken(e);
            Fail(fault);
            throw ConnectionStream.Copy(fault);
        }

        _stream.OnOutputEnded();
    }

    /// <summary>Puts the caller's memory into the queue.</summary>
    private PendingWrite Enqueue(ReadOnlyMemory<byte> data)
    {
        SealCollected();
        _accepted += data.Length;
        var write = Mark();
        write.Data = data;
        (_queue ??= new()).Enqueue(new SendSegment { Write = write });
        return write;
    }

    /// <summary>A call that waits until all that is accepted now has passed.</summary>
    private PendingWrite Mark()
    {
        var write = new PendingWrite(this) { Until = _accepted };
        write.Arm();
        (_pending ??= new()).Enqueue(write);
        return write;
    }

    /// <summary>A call that waits until no more than so many bytes are unsent.</summary>
    private PendingWrite WaitFor(long mark)
    {
        var write = new PendingWrite(this);
        write.Arm();
        (_drains ??= []).Add((write, mark));
        return write;
    }

    private void Collect(ReadOnlySpan<byte> data)
    {
        _accepted += data.Length;
        while (true)
        {
            if (_collecting.Block is { } block)
            {
                var count = Math.Min(data.Length, block.Length - _collecting.End);
                data[..count].CopyTo(block.AsSpan(_collecting.End));
                _collecting.End += count;
                data = data[count..];
            }

            if (data.IsEmpty) return;
            NextBlock(data.Length);
        }
    }

    /// <summary>Grows the block that is collecting while that is cheap, so that many small writes make one send; else begins another.</summary>
    private void NextBlock(int wanted)
    {
        var used = _collecting.End - _collecting.Start;
        var grown = _pool.Rent(Math.Clamp(Math.Max(2 * used, used + wanted), FirstBlock, LastBlock));
        if (_collecting.Block is { } block && grown.Length > used)
        {
            block.AsSpan(_collecting.Start, used).CopyTo(grown);
            _pool.Return(block);
            _collecting = new SendSegment { Block = grown, End = used };
        }
        else
        {
            SealCollected();
            _collecting = new SendSegment { Block = grown };
        }
    }

    private void SealCollected()
    {
        if (_collecting.Block is null) return;
        (_queue ??= new()).Enqueue(_collecting);
        _collecting = default;
    }
}
