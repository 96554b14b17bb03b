namespace Kestrel.Streams.Tests;

/// <content>The writes, in the order of the calls.</content>
internal sealed partial class End
{
    private readonly Lock _ledger = new();
    private readonly List<Written[]> _written = [];
    private byte[]? _allWritten;
    private int _openWrites;
    private bool _isLong;
    private volatile bool _writeFault;
    private volatile bool _outputEnds;

    /// <summary>Everything that was written, where nothing was cut.</summary>
    private ReadOnlyMemory<byte> AllWritten
    {
        get
        {
            // Asked for with every line that is read: it is put together once for each write.
            lock (_ledger) return _allWritten ??= [.. _written.SelectMany(static group => group).Where(static write => write.Fate == Fate.All).SelectMany(static write => write.Data)];
        }
    }

    /// <summary>How many bytes must have been sent when all is sent that was written by now.</summary>
    private long Least
    {
        get
        {
            lock (_ledger) return _written.Sum(static group => group.Where(static write => write.Fate == Fate.All).Sum(static write => (long)write.Data.Length));
        }
    }

    private async Task WriteAsync(Step step, Write write)
    {
        // A long one may block for room, and so may any that comes behind one, also when that was cancelled.
        _isLong |= write.Parts.Any(static part => part.Lines > 0);
        if (_isLong) await Task.Yield();
        var parts = write.Kind == WriteKind.Together
            ? write.Parts.Select(static (part, i) => new Write(i % 2 == 0 ? WriteKind.Memory : WriteKind.Write, Awaited: true, part)).ToArray()
            : [write];
        var canceller = new Canceller(step, _pulse);
        canceller.Begin();
        var call = new Call(canceller.Token.IsCancellationRequested, _closed, _readFault || _writeFault, _outputEnds, canceller.Token);
        Written[] group = [.. parts.Select(part => new Written(part.Data) { Fate = canceller.IsAtWork ? Fate.Any : Fate.All })];
        var least = Least;
        Interlocked.Add(ref _openWrites, parts.Length);
        lock (_ledger)
        {
            _written.Add(group);
            _allWritten = null;
        }

        if (write.Kind == WriteKind.Eof && !call.WasCancelled && Stream.CanWriteEof) _outputEnds = true;
        Task done;
        if (write.Kind != WriteKind.Together)
        {
            done = FinishAsync(write, group[0], call, least, Begin(write, canceller.Token));
        }
        else
        {
            var called = await Task.WhenAll(parts.Select(part => Task.Run(() => ValueTuple.Create(Begin(part, canceller.Token)))));
            done = Task.WhenAll(parts.Select((part, i) => FinishAsync(part, group[i], call, least, called[i].Item1)));
        }

        canceller.GoOn();
        _pulse.Beat();
        if (write.Awaited) await done;
    }

    /// <summary>The call itself, not what it does afterwards.</summary>
    private Task Begin(Write write, CancellationToken token)
    {
        try
        {
            return Calls.WriteAsync(Stream, write, token).AsTask();
        }
        catch (Exception e)
        {
            return Task.FromException(e);
        }
    }

    private async Task FinishAsync(Write write, Written written, Call call, long least, Task task)
    {
        var atOnce = task.IsCompleted;
        Exception? error = null;
        try
        {
            await task;
        }
        catch (Exception e)
        {
            error = e;
        }

        Log($"{write} = {new Outcome(Error: error)}");
        CheckWrite(write, written, call, error);
        lock (_ledger) _allWritten = null;
        if (error is null && !_program.Tls) CheckSent(write, least + written.Data.Length, atOnce);
        Interlocked.Decrement(ref _openWrites);
        _pulse.Beat();
    }

    private void CheckWrite(Write write, Written written, Call call, Exception? error)
    {
        var said = new Outcome(Error: error);
        var changes = write.Kind is not (WriteKind.Flush or WriteKind.Drain or WriteKind.Eof);
        switch (error)
        {
            case OperationCanceledException cancelled:
                Require(cancelled.CancellationToken == call.Token && call.Token.IsCancellationRequested, $"{write} is cancelled by nobody.");
                written.Fate = call.WasCancelled ? Fate.Nothing : write.Kind == WriteKind.Span ? Fate.AllOrNothing : Fate.Any;
                break;
            case var _ when call.WasCancelled && write.Kind is not (WriteKind.Write or WriteKind.WriteLines):
                Require(false, $"{write} is {said} although its token was cancelled before.");
                break;
            case NotSupportedException:
                Require(write.Kind == WriteKind.Eof && !Stream.CanWriteEof, $"{write} is {said}.");
                break;
            case var _ when write.Kind == WriteKind.Eof && !Stream.CanWriteEof:
                Require(false, $"{write} is {said} although the output cannot end alone.");
                break;
            case ObjectDisposedException:
                Require(_closing, $"{write} is {said} although nobody has closed.");
                written.Fate = call.WasClosed ? Fate.Nothing : Fate.AllOrNothing;
                break;
            case var _ when call.WasClosed:
                Require(false, $"{write} is {said} after the close.");
                break;
            case IOException fault:
                Require(_transport.Explains(fault), $"{write} is {said} although nothing was broken.");
                _writeFault = true;
                written.Fate = Fate.Any;
                break;
            case var _ when call.WasBroken:
                Require(false, $"{write} is {said} after another call has shown the fault.");
                break;
            case InvalidOperationException:
                Require(call.WasEnded && changes, $"{write} is {said}.");
                written.Fate = Fate.Nothing;
                break;
            default:
                Require(error is null && !(call.WasEnded && changes), $"{write} is {said}{(call.WasEnded ? " after the end of the output" : "")}.");
                written.Fate = Fate.All;
                break;
        }
    }

    /// <summary>What a write that is done says about what has been sent.</summary>
    private void CheckSent(Write write, long least, bool atOnce)
    {
        var unsent = least - _output.Sent.Length;
        var most = write.Kind switch
        {
            WriteKind.Write or WriteKind.WriteLines => Math.Max(_program.HighWaterMark, 64 * 1024) + write.Data.Length,
            WriteKind.Drain => atOnce ? _program.HighWaterMark : _program.HighWaterMark / 4,
            _ => 0,
        };
        Require(unsent <= most, $"{write} is done although {unsent} bytes are unsent.");
        Require(write.Kind != WriteKind.Eof || _output.HasEnd, "The output has not ended although the call is done.");
    }

    private bool WritesAreSettled()
    {
        if (_output.IsBroken || (_output.IsFull && !Peer!.Takes)) return true;
        if (Volatile.Read(ref _writesToDo) > 0 || Volatile.Read(ref _openWrites) > 0) return false;
        return _program.Tls || _transport.HasSendFault || _transport.HasReceiveFault || _output.Sent.Length >= Least;
    }
}
