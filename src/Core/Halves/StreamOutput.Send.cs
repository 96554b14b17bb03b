namespace Kestrel.Streams;

internal sealed partial class StreamOutput
{
    /// <summary>Sends what is unsent, at once as far as that goes, the rest as there is room. Returns without waiting.</summary>
    public void SendUnsent()
    {
        if (Unsent == 0) return;
        using (_gate.Enter())
        {
            if (_sending || Push() || Fault is not null) return;
            _sending = true;
        }

        _ = SendRestAsync();
    }

    /// <summary>A waiting call has been cancelled: its data is not touched any more, and its place in the queue stays.</summary>
    public void Withdraw(PendingWrite write, OperationCanceledException error)
    {
        CancellationTokenSource? stop = null;
        using (_gate.Enter())
        {
            if (_closed) return; // the call has ended, or will, and what it had handed over is sent
            if (write == _underway)
            {
                // The transport has the caller's memory in its hands, or the file is being read: the call ends when that is over.
                write.StopError = error;
                stop = _stopSend;
            }
            else
            {
                GiveUp(write, error);
            }
        }

        stop?.Cancel();
    }

    /// <summary>What is left of the write is not sent any more; its call ends, if that has not happened yet.</summary>
    private void GiveUp(PendingWrite write, Exception? error)
    {
        if (!write.TryClaim()) return;
        write.Withdraw();
        _withdrawn += write.Withdrawn;
        write.End(error);
        WakeDrained();
    }

    /// <summary>Sends, under the lock, what the transport takes at once. True when nothing is left.</summary>
    private bool Push()
    {
        if (!_transport.CanTrySend) return Unsent == 0;
        while (TakeHead())
        {
            if (_head.File is not null) return false;
            var data = _head.Data;
            var sent = TrySend(data.Span);
            if (Fault is not null) return false;
            _head.Advance(sent);
            Pass(sent);
            if (sent < data.Length) return false;
        }

        return true;
    }

    private int TrySend(ReadOnlySpan<byte> data)
    {
        if (!_transport.CanTrySend) return 0;
        Show(data);
        try
        {
            var sent = _transport.TrySend(data);
            return (uint)sent <= (uint)data.Length
                ? sent
                : throw new InvalidOperationException($"The {_transport.GetType().Name} took {sent} of {data.Length} bytes");
        }
        catch (Exception e)
        {
            Break(_stream.Broken(e));
            return 0;
        }
    }

    /// <summary>Sends the rest, waiting for room. Called with <see cref="_sending"/> just set.</summary>
    private async Task SendRestAsync()
    {
        while (true)
        {
            SendSegment flight;
            CancellationToken stop;
            using (_gate.Enter())
            {
                if (!TakeFlight(out flight))
                {
                    _sending = false;
                    return;
                }

                stop = _stopSend?.Token ?? CancellationToken.None;
            }

            if (flight.File is { } file)
            {
                // A file can be long and its peer fast: after the first piece the caller has its thread back.
                if (file.IsBegun) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                flight = SendPiece(flight.Write!, file);
                if (flight.IsEmpty) continue;
            }

            var count = flight.Data.Length;
            Exception? error = null;
            try
            {
                await _transport.SendAsync(flight.Data, stop).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                error = e;
            }

            if (flight.Block is { } block) _pool.Return(block);
            using (_gate.Enter())
            {
                _underway = null;
                _stopSend = null;
                if (error is not null && !(error is OperationCanceledException && stop.IsCancellationRequested)) Break(_stream.Broken(error));
                else if (error is not null && _closed) Tear();
                if (_dropped)
                {
                    if (flight.Write is { } held && held.TryClaim()) held.End(held.StopError ?? DropError());
                    _sending = false;
                    return;
                }

                if (flight.Write is { } write)
                {
                    write.Data = default;
                    if (error is not null && write.TryClaim()) write.End(write.StopError);
                }

                Pass(count);
                if (Push() || Fault is not null)
                {
                    _sending = false;
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Takes out what the transport is to send next. Where it can try, that is always memory of ours: the caller's is used only
    /// while it tries, so that a waiting write can be cancelled or closed at any time; the rest of it follows when there is room.
    /// </summary>
    private bool TakeFlight(out SendSegment flight)
    {
        flight = default;
        if (!TakeHead()) return false;
        if (_head.Write is not { } write)
        {
            flight = _head;
            _head = default;
        }
        else if (write.File is { } file)
        {
            Show(file);
            flight = _head;
            _underway = write;
            return true;
        }
        else if (_transport.CanTrySend)
        {
            var count = Math.Min(write.Data.Length, FirstBlock);
            flight = new SendSegment { Block = _pool.Rent(count), End = count };
            write.Data[..count].CopyTo(flight.Block);
            write.Data = write.Data[count..];
        }
        else
        {
            flight = _head;
            _head = default;
            _underway = write;
            _stopSend = new CancellationTokenSource();
        }

        Show(flight.Data.Span);
        return true;
    }

    /// <summary>Makes the first segment with unsent bytes the head; false when there is none.</summary>
    private bool TakeHead()
    {
        while (true)
        {
            if (!_head.IsEmpty) return true;
            if (_head.Block is { } block) _pool.Return(block);
            if (_head.Write is { Withdrawn: > 0 } write)
            {
                var withdrawn = write.Withdrawn;
                write.Withdrawn = 0;
                _withdrawn -= withdrawn;
                _neverSent += withdrawn;
                Pass(withdrawn);
            }

            _head = default;
            if (_queue is { } queue && queue.TryDequeue(out _head)) continue;
            if (_collecting.Block is null) return false;
            (_head, _collecting) = (_collecting, default);
        }
    }

    /// <summary>So many bytes are done with: the calls that waited for that go on.</summary>
    private void Pass(long count)
    {
        _passed += count;
        while (_pending is { } pending && pending.TryPeek(out var write) && write.Until <= _passed)
        {
            pending.Dequeue();
            if (write.TryClaim()) write.End();
        }

        WakeDrained();
    }

    private void WakeDrained()
    {
        if (_drains is null) return;
        for (var i = _drains.Count - 1; i >= 0; i--)
        {
            var (drain, mark) = _drains[i];
            if (Waiting > mark) continue;
            _drains.RemoveAt(i);
            if (drain.TryClaim()) drain.End();
        }
    }
}
