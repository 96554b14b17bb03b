using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>A thread that waits for many descriptors together (epoll), and tells each what has happened to it.</summary>
/// <remarks>
/// The runtime has such a thread for sockets. It cannot be asked about anything else, nor whether a socket has something to read
/// without a receive that is tried before the wait and another one behind it.
/// </remarks>
internal sealed unsafe class ReadinessLoop
{
    private const int MaxEvents = 256;

    private static readonly Lock _creating = new();
    private static readonly ReadinessLoop?[] _inline = new ReadinessLoop?[Environment.ProcessorCount];
    private static ReadinessLoop? _shared;
    private static int _lastInline;

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

    private ReadinessLoop(string name)
    {
        _epoll = Libc.EpollCreate(Libc.EPOLL_CLOEXEC);
        if (_epoll < 0) throw Descriptor.LastError();
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>The one whose descriptors pass on what they are told to the thread pool. It begins with the first wait.</summary>
    public static ReadinessLoop Shared => Volatile.Read(ref _shared) ?? Create(ref _shared, "Streams loop");

    /// <summary>One of those on whose threads the code that waited goes on, in turn; there is one for each processor.</summary>
    public static ReadinessLoop NextInline()
    {
        var number = (uint)Interlocked.Increment(ref _lastInline) % (uint)_inline.Length;
        return Volatile.Read(ref _inline[number]) ?? Create(ref _inline[number], $"Streams loop {number}");
    }

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

    /// <summary>Makes one where there is none. Where that fails, because no file descriptor is left, the next one tries again.</summary>
    private static ReadinessLoop Create(ref ReadinessLoop? loop, string name)
    {
        lock (_creating)
        {
            if (loop is null) Volatile.Write(ref loop, new ReadinessLoop(name));
            return loop;
        }
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
                var id = Unsafe.ReadUnaligned<long>(one + _dataOffset);
                if (Volatile.Read(ref _watched)[(int)id] is { } descriptor && descriptor.Id == id)
                    descriptor.OnEvent(Unsafe.ReadUnaligned<uint>(one));
            }
        }
    }
}
