using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>One end of two wires, which cuts, delays, merges and fails what goes over it as its weather says, and notes every promise that is not kept.</summary>
internal sealed class FaultyTransport(Wire input, Wire output, Weather weather, Pulse pulse) : StreamTransport
{
    private readonly Lock _gate = new();
    private readonly List<Exception> _sendFaults = [];
    private readonly List<Exception> _receiveFaults = [];
    private readonly List<string> _broken = [];
    private int _receives;
    private int _sends;
    private int _receiveTurn;
    private int _sendTurn;
    private volatile bool _outputEnded;
    private volatile bool _gone;

    public override bool CanWriteEof => weather.EndsOutput;

    public override bool CanTrySend => weather.Tries;

    internal override bool CanTryReceive => weather.Tries;

    /// <summary>Whether a send has given up in the middle because its token said so.</summary>
    public bool HasGivenUp { get; private set; }

    public bool IsAborted { get; private set; }

    public bool HasSendFault => Copy(_sendFaults).Length > 0;

    public bool HasReceiveFault => Copy(_receiveFaults).Length > 0;

    /// <summary>The promises that the stream has not kept.</summary>
    public string[] BrokenPromises => Copy(_broken);

    /// <summary>Whether an error shows one of the faults of this transport.</summary>
    public bool Explains(IOException error) => Copy(_sendFaults).Concat(Copy(_receiveFaults)).Any(
        fault => error.InnerException is { } inner && (inner == fault || inner == fault.InnerException));

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Begin(ref _receives, "two receives at once");
        try
        {
            if (buffer.IsEmpty && !weather.Probes && !weather.Tries) return 0;
            input.BeginReceive();
            var (cut, turns) = buffer.IsEmpty ? (int.MaxValue, 0) : Next(ref _receiveTurn);
            for (; turns > 0; turns--) await Task.Yield();
            while (true)
            {
                var changed = input.Changed;
                var count = Receive(buffer.Span[..Math.Min(cut, buffer.Length)]);
                if (count >= 0) return count;
                await changed;
            }
        }
        catch (Exception e) when (Note(_receiveFaults, e))
        {
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _receives);
        }
    }

    internal override bool TryReceive(Span<byte> buffer, out int count)
    {
        Begin(ref _receives, "a receive that is tried beside another");
        try
        {
            input.BeginReceive();
            var (cut, _) = Next(ref _receiveTurn);
            count = Receive(buffer[..Math.Min(cut, buffer.Length)]);
            return count >= 0;
        }
        catch (Exception e) when (Note(_receiveFaults, e))
        {
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _receives);
        }
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Begin(ref _sends, "two sends at once");
        Require(!_outputEnded, "a send after the end of the output");
        Require(!data.IsEmpty, "an empty send");
        if (!weather.GivesUp) cancellationToken = CancellationToken.None;
        try
        {
            while (!data.IsEmpty)
            {
                var (cut, turns) = Next(ref _sendTurn);
                for (; turns > 0; turns--) await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                var changed = output.Changed;
                var count = Send(data.Span[..Math.Min(cut, data.Length)]);
                if (count == 0) await changed.WaitAsync(cancellationToken);
                data = data[count..];
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            HasGivenUp = true;
            throw;
        }
        catch (Exception e) when (Note(_sendFaults, e))
        {
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _sends);
        }
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        Begin(ref _sends, "a send that is tried beside another");
        Require(!_outputEnded, "a send after the end of the output");
        try
        {
            var (cut, turns) = Next(ref _sendTurn);
            return turns > 0 ? 0 : Send(data[..Math.Min(cut, data.Length)]);
        }
        catch (Exception e) when (Note(_sendFaults, e))
        {
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _sends);
        }
    }

    public override async ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        Require(!_outputEnded, "a second end of the output");
        Require(Volatile.Read(ref _sends) == 0, "an end of the output beside a send");
        _outputEnded = true;
        for (var (_, turns) = Next(ref _sendTurn); turns > 0; turns--) await Task.Yield();
        output.End();
    }

    public override void Abort(Exception? reason)
    {
        _gone = IsAborted = true;
        input.Break();
        output.Break();
    }

    public override async ValueTask DisposeAsync()
    {
        _gone = true;
        output.End();
        input.Leave();
        for (var (_, turns) = Next(ref _sendTurn); turns > 0; turns--) await Task.Yield();
    }

    private int Receive(Span<byte> buffer)
    {
        if (weather.ReceiveFault is not { } fault) return input.Receive(buffer);
        var left = fault.At - input.Received.Bytes.Length;
        return left > 0 ? input.Receive(buffer[..Math.Min(left, buffer.Length)]) : throw Make(fault.Kind);
    }

    private int Send(ReadOnlySpan<byte> data)
    {
        if (weather.SendFault is not { } fault) return output.Send(data);
        var left = fault.At - output.Sent.Length;
        return left > 0 ? output.Send(data[..Math.Min(left, data.Length)]) : throw Make(fault.Kind);
    }

    private static Exception Make(FaultKind kind) => kind switch
    {
        FaultKind.Socket => new SocketException((int)SocketError.ConnectionReset),
        FaultKind.SocketInside => new IOException("broken", new SocketException((int)SocketError.TimedOut)),
        FaultKind.Io => new IOException("broken"),
        _ => new InvalidDataException("broken"),
    };

    private (int Cut, int Turns) Next(ref int turn)
    {
        var now = Interlocked.Increment(ref turn) - 1;
        var cut = weather.Cuts[now % weather.Cuts.Length];
        return (cut == 0 ? int.MaxValue : cut, weather.Delays[now % weather.Delays.Length]);
    }

    private void Begin(ref int count, string otherwise)
    {
        Require(Interlocked.Increment(ref count) == 1, otherwise);
    }

    private void Require(bool kept, string otherwise)
    {
        if (kept) return;
        lock (_gate) _broken.Add(otherwise);
    }

    private bool Note(List<Exception> faults, Exception fault)
    {
        // What a stream that is gone itself gets is no fault of the connection.
        if (_gone) return false;
        lock (_gate) faults.Add(fault);
        pulse.Beat();
        return false;
    }

    private T[] Copy<T>(List<T> list)
    {
        lock (_gate) return [.. list];
    }
}
