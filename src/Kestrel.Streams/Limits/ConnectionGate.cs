using System.Net;

namespace Kestrel.Streams;

/// <summary>Counts the connections of a server, and says whether there may be one more.</summary>
internal sealed class ConnectionGate(int? max, int? maxPerAddress)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private TaskCompletionSource? _room;
    private bool _toldFull;

    /// <summary>How many connections there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there may be no more.</summary>
    public bool IsFull => Count >= max;

    /// <summary>Takes a place; false when there is none.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (IsFull) return false;
            Count++;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            Count--;
            (room, _room) = (_room, null);
            // Some room, not one place: a full server would tell it with every connection that ends.
            _toldFull &= Count > max * 0.9;
        }

        room?.TrySetResult();
    }

    /// <summary>Waits until there seems to be a place.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!IsFull) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The address that the places are counted by; null where there is none, as at a Unix socket.</summary>
    public static IPAddress? AddressOf(EndPoint? endPoint) => endPoint is not IPEndPoint { Address: var address } ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Takes one of the places of an address; false when it has no more.</summary>
    public bool TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            var count = _addresses.GetValueOrDefault(address);
            if (count >= maxPerAddress) return false;
            _addresses[address] = count + 1;
            return true;
        }
    }

    /// <summary>Gives a place of an address back.</summary>
    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            if (_addresses[address] == 1) _addresses.Remove(address);
            else _addresses[address]--;
        }
    }

    /// <summary>Whether this is the first time since there was room that somebody finds none: once is enough for a log.</summary>
    public bool TellsFull()
    {
        lock (_lock)
        {
            if (_toldFull) return false;
            return _toldFull = true;
        }
    }
}
