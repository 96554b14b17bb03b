namespace Kestrel.Streams.Tests;

/// <content>The reads, one after the other.</content>
internal sealed partial class End
{
    private readonly Lock _begin = new();

    // Where the next read may begin: at one place, or at one of several after a skip that was cancelled.
    private HashSet<int> _places = [0];
    private volatile ReadUnderWay? _underWay;
    private (ReadOnlyMemory<byte> Memory, byte[] Copy) _loan = (default, []);
    private volatile bool _readFault;
    private volatile bool _endTold;
    private volatile bool _atEof;

    private sealed record ReadUnderWay(Read Read, Canceller Canceller, Task Task);

    private (ReadOnlyMemory<byte> Bytes, bool Ended) Received => _program.Tls ? (Peer!.AllWritten, Peer._closing) : _input.Received;

    /// <summary>How many bytes that were sent have not been read.</summary>
    public int Unread => _input.Sent.Length - _places.Max();

    public async Task ReadAsync(Step step, Read read)
    {
        var canceller = new Canceller(step, _pulse);
        canceller.Begin();
        switch (read.Kind)
        {
            case ReadKind.Lines:
                await using (var lines = Stream.ReadLinesAsync(canceller.Token).GetAsyncEnumerator())
                {
                    for (var i = 0; i < read.Count && await ReadOneAsync(new Read(ReadKind.Line), canceller, _ => Calls.NextAsync(lines)); i++) { }
                }

                break;
            case ReadKind.BorrowLines:
                await using (var lines = Stream.BorrowLinesAsync(canceller.Token).GetAsyncEnumerator())
                {
                    for (var i = 0; i < read.Count && await ReadOneAsync(new Read(ReadKind.BorrowLine), canceller, _ => Calls.NextAsync(lines)); i++) { }
                }

                break;
            default:
                await ReadOneAsync(read, canceller, token => Calls.ReadAsync(Stream, read, token));
                break;
        }
    }

    /// <summary>False when there is nothing more to enumerate.</summary>
    private async Task<bool> ReadOneAsync(Read read, Canceller canceller, Func<CancellationToken, ValueTask<Outcome>> call)
    {
        Call begun;
        Task<Outcome> task;
        lock (_begin)
        {
            CheckLoan();
            _loan = (default, []);
            begun = new Call(canceller.Token.IsCancellationRequested, _closed, _readFault, _atEof, canceller.Token)
            {
                TakenOver = _program.Tls ? default : _input.TakenOver,
            };
            task = call(canceller.Token).AsTask();
            _underWay = new ReadUnderWay(read, canceller, task);
        }

        canceller.GoOn();
        _pulse.Beat();
        Outcome outcome;
        try
        {
            outcome = await task;
        }
        catch (Exception e)
        {
            outcome = new Outcome(Error: e);
        }

        lock (_begin)
        {
            _underWay = null;
            _loan = (outcome.Lent, outcome.Lent.ToArray());
            Log($"{read} = {outcome}");
            CheckRead(read, begun, outcome);
        }

        return outcome.Error is null && !outcome.TellsEnd(read);
    }

    private void CheckRead(Read read, Call call, Outcome outcome)
    {
        var (bytes, ended) = Received;
        switch (outcome.Error)
        {
            case OperationCanceledException cancelled:
                Require(cancelled.CancellationToken == call.Token && call.Token.IsCancellationRequested, $"{read} is cancelled by nobody.");
                if (read.IsSkip && !call.WasCancelled)
                    _places = [.. _places.SelectMany(place => Enumerable.Range(place, Model.MostSkipped(read, bytes.Span[place..]) + 1))];
                break;
            case var _ when call.WasCancelled:
                Require(false, $"{read} has {outcome} although its token was cancelled before.");
                break;
            case ObjectDisposedException:
                Require(_closing, $"{read} has {outcome} although nobody has closed.");
                break;
            case var _ when call.WasClosed:
                Require(false, $"{read} has {outcome} after the close.");
                break;
            case IOException fault when fault.GetType() == typeof(IOException):
                var needsMore = _places.Any(place => Model.Of(read, bytes.Span[place..], ended: false, _program.Limit) is null);
                var isGiven = _transport.HasReceiveFault || (ended && _transport.HasSendFault);
                Require(_transport.Explains(fault) && (call.WasBroken || (needsMore && isGiven)), $"{read} has {outcome} although it could be read.");
                _readFault = true;
                break;
            case var _ when call.WasBroken:
                Require(false, $"{read} has {outcome} after another read has shown the fault.");
                break;
            default:
                Follow(read, call, outcome, bytes, ended);
                break;
        }
    }

    private void Follow(Read read, Call call, Outcome outcome, ReadOnlyMemory<byte> bytes, bool ended)
    {
        // What may not be buffered yet, this one need not see.
        var tried = read.Kind == ReadKind.TryBorrowLine && outcome.Bytes is { Length: 0 };
        var seen = tried ? call.TakenOver : bytes;
        HashSet<int> next = [];
        foreach (var place in _places)
        {
            if (Model.Explain(read, outcome, seen.Span[Math.Min(place, seen.Length)..], ended, _program.Limit) is { } count) next.Add(place + count);
        }

        Require(next.Count > 0, $"{read} has {outcome} of {string.Join(" or ", _places.Select(place => Show.Bytes(bytes.Span[place..])))}{(ended ? " and the end" : "")}.");
        Require(!call.WasEnded || next.Count == 0 || next.SetEquals(_places), $"{read} has {outcome} after AtEof was true.");
        if (next.Count > 0) _places = next;
        if (outcome.TellsEnd(read)) _endTold = true;
    }

    /// <summary>A read of nothing: beside another one that has to wait it is refused.</summary>
    private void ReadBeside()
    {
        lock (_begin)
        {
            var under = _underWay;
            // One that lends may end now, and what it lends would not be valid any more.
            if (under is not null && (under.Task.IsCompleted || under.Read.Lends || !MustWait(under))) return;
            CheckLoan();
            var call = new Call(WasCancelled: false, _closed, _readFault, WasEnded: false, CancellationToken.None);
            var probe = Stream.ReadAsync(0).AsTask();
            Require(probe.IsCompleted, "A read of nothing waits.");
            if (!probe.IsCompleted) return;
            if (probe.IsCompletedSuccessfully) _loan = (default, []);
            if (probe.Exception?.InnerException is InvalidOperationException and not ObjectDisposedException)
                Require(under is not null, "A read was refused with no other one under way.");
            else if (under is not null && MustWait(under))
                Require(false, $"A read beside {under.Read} was not refused.");
            else
                CheckRead(new Read(ReadKind.Some), call, probe.IsCompletedSuccessfully ? new Outcome([]) : new Outcome(Error: probe.Exception!.InnerException));
        }
    }

    private void LookForEnd()
    {
        var (told, closed) = (_endTold, _closed);
        var atEof = Stream.AtEof;
        var (_, ended) = Received;
        Require(!atEof || ended || _closing, "AtEof is true although the end has not come.");
        Require(atEof || !(told || closed), "AtEof is false although a read has told the end.");
        if (atEof) _atEof = true;
    }

    private void CheckLoan() =>
        Require(_loan.Memory.Span.SequenceEqual(_loan.Copy), $"What was lent has changed from {Show.Bytes(_loan.Copy)} to {Show.Bytes(_loan.Memory.Span)} before the next read.");

    /// <summary>Whether it takes what comes .</summary>
    private bool Takes => Volatile.Read(ref _readsToDo) > 0 && !_closing && !_transport.HasReceiveFault;

    private bool ReadsAreSettled() => Volatile.Read(ref _readsToDo) == 0 || (_underWay is { Task.IsCompleted: false } under && Waits(under).Contains(true));

    private bool MustWait(ReadUnderWay under) => !Waits(under).Contains(false);

    /// <summary>Whether a read has to wait, with all that has been sent; for each place where it may have begun.</summary>
    private bool[] Waits(ReadUnderWay under)
    {
        lock (_begin)
        {
            if (_underWay != under || _closing || _readFault || under.Canceller.IsAtWork || _input.IsBroken || _transport.HasReceiveFault) return [false];
            var (bytes, ended) = _program.Tls ? (Peer!.AllWritten, Peer._closing) : (_input.Sent, _input.HasEnd);
            if (_weather.ReceiveFault?.At <= bytes.Length) return [false];
            return [.. _places.Select(place => Model.Of(under.Read, bytes.Span[place..], ended, _program.Limit) is null)];
        }
    }
}
