using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>Waits for many descriptors together (epoll), and tells each what has happened to it.</summary>
/// <remarks>
/// The runtime has such a loop for sockets. It cannot be asked about anything else, nor whether a socket has something to read
/// without a receive that is tried before the wait and another one behind it.
/// </remarks>
internal abstract unsafe class ReadinessLoop
{
    private const int MaxEvents = 256;

    /// <summary>Bytes that <see cref="Poll"/> wants for what it is told at once.</summary>
    private protected static int EventsSize => MaxEvents * _eventSize;

    // struct epoll_event is packed on x86 only.
    private static readonly int _dataOffset =
        RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? sizeof(uint) : sizeof(ulong);

    private static readonly int _eventSize = _dataOffset + sizeof(ulong);

    private readonly int _epoll;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private WatchedDescriptor?[] _watched = new WatchedDescriptor?[64];
    private int _used;
    private long _entered;

    private protected ReadinessLoop()
    {
        _epoll = Libc.EpollCreate(Libc.EPOLL_CLOEXEC);
        if (_epoll < 0) throw Descriptor.LastError();
    }

    /// <summary>Starts the first thread of the loop; without it there is no loop, and nothing of it is left.</summary>
    /// <exception cref="IOException">The system has none for us.</exception>
    private protected void Start(ThreadStart run, string name)
    {
        try
        {
            new Thread(run) { IsBackground = true, Name = name }.UnsafeStart();
        }
        catch (OutOfMemoryException e)
        {
            new SafeFileHandle(_epoll, ownsHandle: true).Dispose();
            throw new IOException("No thread that waits for sockets could be started, for want of file descriptors or of memory.", e);
        }
    }

    /// <summary>An event has come for which somebody waits, who goes on. Called within <see cref="Poll"/>.</summary>
    public abstract void GoOn(IThreadPoolWorkItem waiter);

    /// <summary>Somebody has gone on for long enough without a wait, and does so again when others have had a turn.</summary>
    public abstract void GoOnLater(IThreadPoolWorkItem waiter);

    /// <summary>Gives a descriptor a name, by which its events find it.</summary>
    public long Enter(WatchedDescriptor descriptor)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var place)) place = _used++;
            if (place == _watched.Length)
            {
                var more = new WatchedDescriptor?[2 * place];
                _watched.CopyTo(more, 0);
                Volatile.Write(ref _watched, more);
            }

            _watched[place] = descriptor;
            return (++_entered << 32) | (uint)place;
        }
    }

    /// <summary>Takes the name back.</summary>
    public void Leave(long id)
    {
        lock (_gate)
        {
            _watched[(int)id] = null;
            _free.Push((int)id);
        }
    }

    /// <summary>epoll_ctl; false where the system refuses.</summary>
    public bool Control(int operation, SafeHandle handle, uint events, long id)
    {
        var one = stackalloc byte[_eventSize];
        Unsafe.WriteUnaligned(one, events);
        Unsafe.WriteUnaligned(one + _dataOffset, id);
        return Libc.EpollControl(_epoll, operation, handle, one) == 0;
    }

    /// <summary>Waits for events, and tells the descriptors. Called by one thread at a time.</summary>
    /// <param name="events">Room of <see cref="EventsSize"/>.</param>
    /// <param name="timeout">Milliseconds; -1 for no limit.</param>
    private protected void Poll(byte* events, int timeout)
    {
        var count = Libc.EpollWait(_epoll, events, MaxEvents, timeout);
        for (var i = 0; i < count; i++)
        {
            var one = events + i * _eventSize;
            var id = Unsafe.ReadUnaligned<long>(one + _dataOffset);
            if (Volatile.Read(ref _watched)[(int)id] is { } descriptor && descriptor.Id == id)
                descriptor.OnEvent(Unsafe.ReadUnaligned<uint>(one));
        }
    }
}
