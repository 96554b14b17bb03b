namespace Kestrel.Streams;

/// <content>The receive: when it begins, where its bytes go, and what becomes of it when nobody waits for it any more.</content>
internal sealed partial class StreamInput
{
    private ValueTask ReceiveAsync(int capacity, Memory<byte> result, CancellationToken cancellationToken)
    {
        _stream.Output.SendUnsent();
        bool start;
        using (_gate.Enter())
        {
            if (_closed) return ValueTask.FromException(_stream.ClosedError());
            if (_fault is not null)
            {
                _faultShown = true;
                return ValueTask.FromException(FaultError());
            }

            if (_expired is { } expired) return ValueTask.FromException(ConnectionStream.Copy(expired));
            if (IsEnded) return ValueTask.CompletedTask;
            _capacity = capacity;
            var had = Buffer.Length;
            start = Unpark();
            if (_fault is not null)
            {
                _faultShown = true;
                return ValueTask.FromException(FaultError());
            }

            if (Buffer.Length > had || IsEnded) return ValueTask.CompletedTask;
            if (start || !_receiving)
            {
                _receiving = start = true;
                _result = result;
                _resultIsWanted = !result.IsEmpty;
            }

            _waiter.Arm();
            _waiting = true;
        }

        if (start) Receive();
        return _waiter.WaitAsync(cancellationToken);
    }

    /// <summary>Receives until there is something, or until it has to wait. Called with <see cref="_receiving"/> just set.</summary>
    private void Receive()
    {
        while (true)
        {
            var count = 0;
            Exception? error = null;
            try
            {
                if (!TryGetRoom(out var room)) return;
                if (!TryReceive(room.Span, out count))
                {
                    if (_probing) room = default;
                    var receive = _transport.ReceiveAsync(room, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
                    if (!receive.IsCompleted)
                    {
                        _receive = receive;
                        receive.UnsafeOnCompleted(_onReceived);
                        return;
                    }

                    count = receive.GetResult();
                }
            }
            catch (Exception e)
            {
                error = e;
            }

            if (!Received(count, error)) return;
        }
    }

    /// <summary>Receives what is there at once, where the transport can; where that is nothing, the wait for it needs no room.</summary>
    private bool TryReceive(Span<byte> room, out int count)
    {
        count = 0;
        if (_probing || !_transport.CanTryReceive) return false;
        if (_transport.TryReceive(room, out count)) return true;
        using (_gate.Enter())
        {
            _probing = true;
            if (!_reading || _waiting) Buffer.ReleaseIfEmpty();
        }

        return false;
    }

    private void OnReceived()
    {
        var count = 0;
        Exception? error = null;
        try
        {
            count = _receive.GetResult();
        }
        catch (Exception e)
        {
            error = e;
        }

        if (Received(count, error)) Receive();
    }

    /// <summary>Where the next receive goes; false when a read has begun in the meantime: it goes on with the receive when it waits.</summary>
    private bool TryGetRoom(out Memory<byte> room)
    {
        using (_gate.Enter())
        {
            room = default;
            if (_closed)
            {
                _receiving = false;
                ReleaseIfUnused();
                return false;
            }

            if (_reading && !_waiting)
            {
                _postponed = true;
                return false;
            }

            _probing = false;
            if (!_result.IsEmpty)
            {
                room = _result;
                _room = room.Length;
                return true;
            }

            if (Buffer.Length == 0 && !_moreIsThere)
            {
                // An idle connection holds no block: wait for bytes first.
                Buffer.ReleaseIfEmpty();
                _probing = true;
                return true;
            }

            room = Buffer.MakeRoom(_receiveSize, _capacity);
            _room = room.Length;
            return true;
        }
    }

    /// <summary>A receive has ended. True when another one must follow at once.</summary>
    private bool Received(int count, Exception? error)
    {
        var wake = false;
        Exception? wakeError = null;
        bool again;
        using (_gate.Enter())
        {
            if (_reading && !_waiting)
            {
                (_parked, _parkedCount, _parkedError) = (true, count, error);
                return false;
            }

            // The claim comes first: it decides whether the bytes still may go into the result of the waiting read.
            var probed = error is null && _probing && !_closed && !_stopped;
            if (!probed) wake = Claim();
            again = Apply(count, error, resultIsTaken: wake && _resultIsWanted) || StartReadAhead();
            if (wake && _fault is not null)
            {
                _faultShown = true;
                wakeError = FaultError();
            }

            ReleaseIfUnused();
        }

        ReportWhatEnded();
        if (wake)
        {
            _stream.Output.BeginWake();
            _waiter.End(wakeError, inline: true);
            _stream.Output.EndWake();
        }

        return again;
    }

    /// <summary>Takes over what a receive has brought; true when it was only the sign that there is something to receive.</summary>
    private bool Apply(int count, Exception? error, bool resultIsTaken)
    {
        _receiving = false;
        var result = _result;
        _result = default;
        if (_closed || _stopped) return false;
        if (error is null && !_probing && (uint)count > (uint)_room)
            error = new InvalidOperationException($"The {_transport.GetType().Name} brought {count} bytes for a room of {_room}");
        if (error is not null)
        {
            _fault = _stream.Broken(error);
            return false;
        }

        if (_probing)
        {
            _moreIsThere = true;
            if (_resultIsWanted) _result = result;
            return _receiving = true;
        }

        if (count == 0)
        {
            // After a failed send the kernel shows an end where there was a reset: it must not look like a whole answer.
            if (_stream.Output.Fault is { } sendFault) _fault = sendFault;
            else End();
            return false;
        }

        _stream.BytesReceived += count;
        Adapt(count);
        if (result.IsEmpty) Buffer.Commit(count);
        else if (resultIsTaken) _resultCount = count;
        else Buffer.Append(result.Span[..count]);
        if (_stream.Taps is { } taps) Show(taps, result.IsEmpty ? Buffer.Unread[^count..] : result.Span[..count]);
        return false;
    }

    private void End()
    {
        IsEnded = true;
        foreach (var tap in _stream.Taps ?? []) tap.ReceivedEnd();
    }

    private static void Show(WireTap[] taps, ReadOnlySpan<byte> data)
    {
        foreach (var tap in taps) tap.Received(data);
    }

    /// <summary>A receive that filled its room has more behind it, and the next one is bigger: bulk gets big receives, talk small blocks.</summary>
    private void Adapt(int count)
    {
        _moreIsThere = count == _room;
        if (_moreIsThere && count >= _receiveSize) _receiveSize = Math.Min(2 * _receiveSize, GreatestReceive);
        else if (count < _receiveSize / 4) _receiveSize = Math.Max(_receiveSize / 2, SmallestReceive);
    }

    /// <summary>Takes over a receive that ended beside a read; true when one must begin at once.</summary>
    private bool Unpark()
    {
        if (_postponed)
        {
            _postponed = false;
            return true;
        }

        if (!_parked) return false;
        _parked = false;
        return Apply(_parkedCount, _parkedError, resultIsTaken: false);
    }

    private bool StartReadAhead()
    {
        if (!_readsAhead || _reading || _receiving || _parked || IsEnded || _closed || _fault is not null) return false;
        if (Buffer.Length >= _stream.Limit) return false;
        _capacity = _stream.ReadAheadCapacity;
        return _receiving = true;
    }
}
