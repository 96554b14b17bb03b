using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The bytes on their way from one end to the other, and all that were.</summary>
internal sealed class Wire(int room, Pulse pulse)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _room = room;
    private byte[] _bytes = new byte[64];
    private int _sent;
    private int _received;
    private int _takenOver;
    private bool _broken;
    private bool _unread;

    /// <summary>Whether the sender has ended it.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Whether the receiver has been told the end.</summary>
    public bool EndIsReceived { get; private set; }

    /// <summary>Everything that was ever sent.</summary>
    public ReadOnlyMemory<byte> Sent
    {
        get
        {
            lock (_gate) return _bytes.AsMemory(0, _sent);
        }
    }

    /// <summary>Everything that was ever received, and whether the end was.</summary>
    public (ReadOnlyMemory<byte> Bytes, bool Ended) Received
    {
        get
        {
            lock (_gate) return (_bytes.AsMemory(0, _received), EndIsReceived);
        }
    }

    /// <summary>What was received before the last receive began: the stream has it for sure.</summary>
    public ReadOnlyMemory<byte> TakenOver
    {
        get
        {
            lock (_gate) return _bytes.AsMemory(0, _takenOver);
        }
    }

    /// <summary>Whether there is no room.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate) return _sent - _received >= _room;
        }
    }

    /// <summary>Whether it broke, or nobody is at its end.</summary>
    public bool IsBroken
    {
        get
        {
            lock (_gate) return _broken || _unread;
        }
    }

    /// <summary>Ends with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate) return _changed.Task;
        }
    }

    /// <summary>Takes as much as there is room for.</summary>
    public int Send(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_broken || _unread) throw new SocketException((int)SocketError.ConnectionReset);
            var count = Math.Min(data.Length, _room - (_sent - _received));
            if (_bytes.Length < _sent + count) Array.Resize(ref _bytes, 2 * (_sent + count));
            data[..count].CopyTo(_bytes.AsSpan(_sent));
            _sent += count;
            if (count > 0) Change();
            return count;
        }
    }

    public void BeginReceive()
    {
        lock (_gate) _takenOver = _received;
    }

    /// <summary>Gives what is there, at most as much as fits; 0 at the end, -1 while there is nothing.</summary>
    public int Receive(Span<byte> buffer)
    {
        lock (_gate)
        {
            if (_broken || _unread) throw new SocketException((int)SocketError.ConnectionReset);
            if (_sent == _received && !HasEnd) return -1;
            var count = Math.Min(buffer.Length, _sent - _received);
            if (buffer.IsEmpty) return 0;
            _bytes.AsSpan(_received, count).CopyTo(buffer);
            _received += count;
            EndIsReceived |= count == 0;
            Change();
            return count;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            HasEnd = true;
            Change();
        }
    }

    /// <summary>Both ends get a fault from now on; what was not received yet is gone.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            Change();
        }
    }

    /// <summary>From now on there is room for everything.</summary>
    public void Widen()
    {
        lock (_gate)
        {
            _room = int.MaxValue;
            Change();
        }
    }

    /// <summary>Nobody receives any more.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _unread = true;
            Change();
        }
    }

    private void Change()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        pulse.Beat();
    }
}
