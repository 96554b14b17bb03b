using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A transport that does nothing on its own: the test says when and with what each receive and each send ends, and sees them all.
/// What it lets go on goes on at once, on the thread of the test.
/// </summary>
internal sealed class ScriptedTransport : StreamTransport
{
    private readonly Lock _gate = new();
    private readonly List<string> _log = [];
    private readonly List<byte> _sent = [];
    private readonly LinkedList<ScriptedArrival> _arrivals = new();
    private readonly Channel<ScriptedSend> _sends = Channel.CreateUnbounded<ScriptedSend>();
    private readonly TaskCompletionSource _disposed = new();
    private TaskCompletionSource<int>? _receive;
    private Memory<byte> _room;
    private ScriptedSend? _send;

    /// <summary>Whether sends are tried at once, and how much is taken then is <see cref="Room"/>.</summary>
    public bool Tries { get; init; }

    /// <summary>What a transport that tries takes at once.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>Whether a receive without room waits until there is something; one that cannot returns at once.</summary>
    public bool Waits { get; init; } = true;

    /// <summary>Whether a send waits for the test to end it.</summary>
    public bool HoldsSends { get; set; }

    /// <summary>Whether a send that waits gives up when its token says so.</summary>
    public bool HonoursToken { get; init; } = true;

    /// <summary>Whether the dispose waits for <see cref="Release"/>.</summary>
    public bool HoldsDispose { get; init; }

    /// <summary>Whether the output can end alone.</summary>
    public bool EndsOutput { get; init; } = true;

    /// <summary>The most that one receive brings.</summary>
    public int Portion { get; set; } = int.MaxValue;

    /// <summary>Called at the start of each send that is not a try; it may do anything.</summary>
    public Action? OnSend { get; set; }

    /// <summary>Called with the data of each try; it may throw or block, but not call the stream: a try may not do that.</summary>
    public Action<ReadOnlySpan<byte>>? OnTry { get; set; }

    /// <summary>What becomes of a try to send so many bytes of a file from an offset on; null where that cannot be done.</summary>
    public Func<long, long, long>? OnTryFile { get; set; }

    /// <summary>Called when the output is to end; it may fail.</summary>
    public Func<Task>? OnEof { get; set; }

    /// <summary>What the mode is; both ways unless said.</summary>
    public StreamMode Ways { get; init; } = StreamMode.ReadWrite;

    public override StreamMode Mode => Ways;

    public override bool CanTrySend => Tries;

    public override bool CanWriteEof => EndsOutput;

    /// <summary>The sizes of the rooms that receives were given; 0 for a wait without one.</summary>
    public List<int> Rooms { get; } = [];

    /// <summary>How often it was used in a way that a stream has promised not to.</summary>
    public List<string> BrokenPromises { get; } = [];

    /// <summary>Who wants to be told that the peer has gone.</summary>
    public List<Action<Exception>> Watchers { get; } = [];

    /// <summary>Why it was aborted, once for each time.</summary>
    public List<Exception?> Aborts { get; } = [];

    public int Disposals { get; private set; }

    public bool IsReceiving => _receive is not null;

    /// <summary>Everything that was sent, cut sends as far as they were handed over.</summary>
    public byte[] Sent
    {
        get
        {
            lock (_gate) return [.. _sent];
        }
    }

    /// <summary>Sends and receives in their order, such as "send 3" and "wait".</summary>
    public string[] Log
    {
        get
        {
            lock (_gate) return [.. _log];
        }
    }

    public int SendCount => Log.Count(entry => entry.StartsWith("send", StringComparison.Ordinal));

    /// <summary>Lets bytes arrive.</summary>
    public void Arrive(params byte[] data) => Arrive(new ScriptedArrival(data, null));

    /// <inheritdoc cref="Arrive(byte[])"/>
    public void Arrive(string text) => Arrive(text.ToBytes());

    /// <summary>Lets the end of the input arrive.</summary>
    public void ArriveEnd() => Arrive(new ScriptedArrival([], null));

    /// <summary>Lets the receive fail.</summary>
    public void Fail(Exception error) => Arrive(new ScriptedArrival([], error));

    /// <summary>The next send that is held, when it comes.</summary>
    public Task<ScriptedSend> NextSendAsync() => _sends.Reader.ReadAsync().Within(what: "a send");

    /// <summary>The next send that is held, or null when the token says that there is none any more.</summary>
    public async Task<ScriptedSend?> NextSendAsync(CancellationToken stop)
    {
        try
        {
            return await _sends.Reader.ReadAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Lets the dispose end.</summary>
    public void Release() => _disposed.TrySetResult();

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_receive is not null) BrokenPromises.Add("two receives");
            if (cancellationToken.CanBeCanceled) BrokenPromises.Add("a receive with a token");
            Rooms.Add(buffer.Length);
            _log.Add(buffer.IsEmpty ? "wait" : "receive");
            if (buffer.IsEmpty && !Waits) return ValueTask.FromResult(0);
            if (_arrivals.First is { } first) return new ValueTask<int>(first.Value.TakeAsync(buffer, Portion, _arrivals));
            _room = buffer;
            _receive = new TaskCompletionSource<int>();
            return new ValueTask<int>(_receive.Task);
        }
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_send is not null) BrokenPromises.Add("a try beside a send");
            OnTry?.Invoke(data);
            var count = Math.Min(data.Length, Room);
            Room -= Room == int.MaxValue ? 0 : count;
            if (count > 0) Note(data[..count]);
            return count;
        }
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        OnSend?.Invoke();
        var send = new ScriptedSend(data, HonoursToken, cancellationToken);
        lock (_gate)
        {
            if (_send is not null) BrokenPromises.Add("two sends");
            if (data.IsEmpty) BrokenPromises.Add("an empty send");
            if (Disposals > 0) BrokenPromises.Add("a send after the dispose");
            Note(data.Span);
            if (!HoldsSends) return ValueTask.CompletedTask;
            _send = send;
        }

        _sends.Writer.TryWrite(send);
        return FinishAsync(send);
    }

    internal override long TrySendFile(SafeFileHandle file, long offset, long count)
    {
        lock (_gate)
        {
            if (_send is not null) BrokenPromises.Add("a file beside a send");
        }

        return OnTryFile is { } onTryFile ? onTryFile(offset, count) : base.TrySendFile(file, offset, count);
    }

    public override ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_send is not null) BrokenPromises.Add("an end beside a send");
            _log.Add("eof");
        }

        return OnEof is { } onEof ? new ValueTask(onEof()) : ValueTask.CompletedTask;
    }

    internal override void WatchPeer(Action<Exception> onGone) => Watchers.Add(onGone);

    public override void Abort(Exception? reason)
    {
        Aborts.Add(reason);
        EndPending(new IOException("aborted"));
    }

    public override async ValueTask DisposeAsync()
    {
        Disposals++;
        lock (_gate) _log.Add("dispose");
        EndPending(new ObjectDisposedException("transport"));
        if (HoldsDispose) await _disposed.Task;
    }

    private async ValueTask FinishAsync(ScriptedSend send)
    {
        try
        {
            await send.Ending;
        }
        finally
        {
            lock (_gate) _send = null;
        }
    }

    private void Note(ReadOnlySpan<byte> data)
    {
        _sent.AddRange(data);
        _log.Add($"send {data.Length}");
    }

    private void Arrive(ScriptedArrival arrival)
    {
        TaskCompletionSource<int> receive;
        Task<int> result;
        lock (_gate)
        {
            _arrivals.AddLast(arrival);
            if (_receive is null) return;
            receive = _receive;
            _receive = null;
            result = _arrivals.First!.Value.TakeAsync(_room, Portion, _arrivals);
        }

        receive.SetFromTask(result);
    }

    private void EndPending(Exception error)
    {
        TaskCompletionSource<int>? receive;
        ScriptedSend? send;
        lock (_gate)
        {
            (receive, send) = (_receive, _send);
            _receive = null;
        }

        receive?.TrySetException(error);
        send?.Fail(error);
    }
}
