using System.Collections.Concurrent;

namespace Kestrel.Streams.Tests;

/// <summary>One end of a run: it does the steps and holds what comes of them against the model.</summary>
internal sealed partial class End
{
    private readonly Side _side;
    private readonly Program _program;
    private readonly Weather _weather;
    private readonly Wire _input;
    private readonly Wire _output;
    private readonly Pulse _pulse;
    private readonly ConcurrentQueue<string> _log;
    private readonly FaultyTransport _transport;
    private readonly List<Task> _closes = [];
    private Task _reads = Task.CompletedTask;
    private Task _writes = Task.CompletedTask;
    private int _readsToDo;
    private int _writesToDo;
    private CancellationToken? _closedToken;
    private volatile bool _closing;
    private volatile bool _closed;
    private volatile bool _aborted;

    public End(Side side, Program program, Wire input, Wire output, Pulse pulse, ConcurrentQueue<string> log)
    {
        (_side, _program, _input, _output, _pulse, _log) = (side, program, input, output, pulse, log);
        _weather = side == Side.A ? program.A : program.B;
        _transport = new FaultyTransport(input, output, _weather, pulse);
        Stream = ConnectionStream.Create(_transport, new ConnectionStreamOptions
        {
            Limit = program.Limit,
            HighWaterMark = program.HighWaterMark,
            LowWaterMark = program.HighWaterMark / 4,
            CloseTimeout = Timeout.InfiniteTimeSpan,
            Id = $"{side}",
        });
    }

    public ConnectionStream Stream { get; }

    /// <summary>The other end. Over TLS what it has written is all that is known of what is received.</summary>
    public End? Peer { get; set; }

    /// <summary>Everything that went against the model, in its order.</summary>
    public ConcurrentQueue<string> Wrong { get; } = [];

    public bool IsClosing => _closing;

    /// <summary>Begins a step.</summary>
    public void Begin(Step step)
    {
        switch (step.Op)
        {
            case Read read:
                Interlocked.Increment(ref _readsToDo);
                _reads = AfterAsync(_reads, () => ReadAsync(step, read), () => Interlocked.Decrement(ref _readsToDo));
                break;
            case Write write:
                Interlocked.Increment(ref _writesToDo);
                _writes = AfterAsync(_writes, () => WriteAsync(step, write), () => Interlocked.Decrement(ref _writesToDo));
                break;
            case Control control:
                Do(control.Kind);
                break;
            default:
                throw new InvalidOperationException($"{step.Op} is no step.");
        }
    }

    /// <summary>Whether everything that can go on has gone on.</summary>
    public bool IsSettled() => ReadsAreSettled() && WritesAreSettled();

    /// <summary>Everything has been done, and is complete.</summary>
    public async Task EndAsync()
    {
        await _reads;
        await _writes;
        await _pulse.UntilAsync(() => Volatile.Read(ref _openWrites) == 0);
        await Task.WhenAll(_closes);
        await Stream.WaitClosedAsync();
        if (_closedToken is { } closed) await _pulse.UntilAsync(() => closed.IsCancellationRequested);
    }

    /// <summary>What must hold at the end.</summary>
    public void CheckEnd()
    {
        CheckLoan();
        Require(Stream.IsClosing && Stream.AtEof, "A closed stream is at its end.");
        foreach (var promise in _transport.BrokenPromises) Require(false, $"The transport was used against its promise: {promise}.");
        if (_program.Tls) return;
        var all = !_aborted && !_transport.HasSendFault && !_transport.HasReceiveFault && !_transport.HasGivenUp;
        Require(
            Model.CanBeSent(_output.Sent.Span, _written, all),
            $"Sent was {Show.Bytes(_output.Sent.Span)}{(all ? "" : ", perhaps cut")}, written {string.Join(' ', _written.SelectMany(static group => group).Select(static write => $"{Show.Bytes(write.Data)}:{write.Fate}"))}.");
    }

    /// <summary>What is under way, for the report of a run that hangs.</summary>
    public string UnderWay =>
        $"{_side}: reads {(_readsToDo == 0 ? "done" : _underWay?.Read.ToString() ?? "between")}, writes {(_writesToDo == 0 ? "done" : "waiting")}, " +
        $"{_openWrites} open, {_closes.Count(static close => !close.IsCompleted)} closing, settled {ReadsAreSettled()}/{WritesAreSettled()}, " +
        $"sent {_output.Sent.Length}, received {_input.Received.Bytes.Length} of {_input.Sent.Length}";

    private void Do(ControlKind kind)
    {
        switch (kind)
        {
            case ControlKind.AtEof:
                LookForEnd();
                break;
            case ControlKind.ReadBeside:
                ReadBeside();
                break;
            case ControlKind.Closed:
                var token = Stream.Closed;
                _closedToken = token;
                var (_, ended) = Received;
                Require(
                    !token.IsCancellationRequested || _closing || _transport.HasSendFault || _transport.HasReceiveFault || (ended && _outputEnds),
                    "Closed has fired although the connection is there.");
                token.Register(_pulse.Beat);
                break;
            case ControlKind.Close or ControlKind.Dispose:
                _closing = true;
                _closes.Add(kind == ControlKind.Close ? Stream.CloseAsync().AsTask() : Stream.DisposeAsync().AsTask());
                _closed = true;
                break;
            case ControlKind.Abort:
                _closing = _aborted = true;
                Stream.Abort(new InvalidOperationException("enough"));
                _closed = true;
                break;
            default:
                throw new InvalidOperationException($"{kind} is not done here.");
        }

        Log($"{kind}");
    }

    private void Log(string what) => _log.Enqueue($"{_side}: {what}");

    private void Require(bool holds, string otherwise)
    {
        if (holds) return;
        Log($"WRONG: {otherwise}");
        Wrong.Enqueue($"{_side}: {otherwise}");
        _pulse.Beat();
    }

    private async Task AfterAsync(Task before, Func<Task> next, Action done)
    {
        await before;
        try
        {
            await next();
        }
        catch (Exception e)
        {
            Require(false, $"The run itself failed: {e}");
        }

        done();
        _pulse.Beat();
    }
}
