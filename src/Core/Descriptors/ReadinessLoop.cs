using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>One thread that waits for all descriptors of the process together (epoll), however many there are.</summary>
/// <remarks>The runtime has such a thread for sockets, and no way to ask it about anything else.</remarks>
internal sealed unsafe class ReadinessLoop
{
    private const int MaxEvents = 64;

    private static readonly Lock _creating = new();
    private static ReadinessLoop? _shared;

    // struct epoll_event is packed on x86 only.
    private static readonly int _dataOffset =
        RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? sizeof(uint) : sizeof(ulong);

    private static readonly int _eventSize = _dataOffset + sizeof(ulong);

    private readonly int _epoll;
    private readonly ConcurrentDictionary<long, Readiness> _armed = new();
    private long _lastId;

    private ReadinessLoop()
    {
        _epoll = Libc.EpollCreate(Libc.EPOLL_CLOEXEC);
        if (_epoll < 0) throw Descriptor.LastError();
        new Thread(Run) { IsBackground = true, Name = "Kestrel.Streams pipes" }.UnsafeStart();
    }

    /// <summary>The one of the process; it begins with the first wait.</summary>
    public static ReadinessLoop Shared
    {
        get
        {
            lock (_creating) return _shared ??= new ReadinessLoop();
        }
    }

    /// <summary>A name for a descriptor, never used again: an event that comes late cannot reach another one.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Asks for one event; false where the system refuses. Only as long as one is asked for does the loop hold the asker.</summary>
    public bool Arm(long id, Readiness readiness, SafeHandle handle, uint events, bool isFirst)
    {
        var isArmed = false;
        _armed[id] = readiness;
        try
        {
            return isArmed = Control(isFirst ? Libc.EPOLL_CTL_ADD : Libc.EPOLL_CTL_MOD, handle, events | Libc.EPOLLONESHOT, id);
        }
        finally
        {
            if (!isArmed) _armed.TryRemove(id, out _);
        }
    }

    public void Remove(long id, SafeHandle handle)
    {
        _armed.TryRemove(id, out _);
        try
        {
            // Others may have the file open, so that closing the handle would not remove it.
            Control(Libc.EPOLL_CTL_DEL, handle, 0, id);
        }
        catch (ObjectDisposedException)
        {
            // Closed by whoever gave it.
        }
    }

    private bool Control(int operation, SafeHandle handle, uint events, long id)
    {
        var one = stackalloc byte[_eventSize];
        Unsafe.WriteUnaligned(one, events);
        Unsafe.WriteUnaligned(one + _dataOffset, id);
        return Libc.EpollControl(_epoll, operation, handle, one) == 0;
    }

    private void Run()
    {
        var events = stackalloc byte[MaxEvents * _eventSize];
        while (true)
        {
            var count = Libc.EpollWait(_epoll, events, MaxEvents, -1);
            for (var i = 0; i < count; i++)
            {
                var one = events + i * _eventSize;
                if (_armed.TryRemove(Unsafe.ReadUnaligned<long>(one + _dataOffset), out var readiness))
                    readiness.OnEvent(Unsafe.ReadUnaligned<uint>(one));
            }
        }
    }
}
