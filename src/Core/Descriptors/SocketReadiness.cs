using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>What the loop knows of a connected socket, which it watches from the first wait on to the end (edge-triggered).</summary>
internal sealed class SocketReadiness(SafeHandle socket, ReadinessLoop loop) : WatchedDescriptor(socket, loop), IDisposable
{
    private const uint InputEvents = Libc.EPOLLIN | Libc.EPOLLPRI | Libc.EPOLLRDHUP;
    private const uint Ends = Libc.EPOLLPRI | Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR;

    private readonly Lock _gate = new();
    private uint _asked;
    private bool _disposed;

    public ReadySignal Input { get; } = new(loop);

    public ReadySignal Output { get; } = new(loop);

    /// <summary>
    /// Whether more may be there than an event has told of: the end of the input or an error behind the last bytes, or urgent data
    /// between them, at which a receive stops.
    /// </summary>
    public bool HasMoreBehind { get; private set; }

    /// <summary>Waits until there is something to receive.</summary>
    /// <returns>0.</returns>
    public ValueTask<int> WaitForInputAsync(CancellationToken cancellationToken)
    {
        if (!Input.IsRaised) Watch(InputEvents);
        return Input.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until there is room to send.</summary>
    /// <returns>0.</returns>
    public ValueTask<int> WaitForRoomAsync(CancellationToken cancellationToken)
    {
        // Asked for late: each read of a Unix peer would wake the loop for it.
        if (!Output.IsRaised) Watch(Libc.EPOLLOUT);
        return Output.WaitAsync(cancellationToken);
    }

    public override void OnEvent(uint events)
    {
        if ((events & Ends) != 0)
        {
            HasMoreBehind = true;
            Interlocked.MemoryBarrier(); // whoever lowers the signal behind this must see it
        }

        if ((events & (Libc.EPOLLOUT | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0) Output.Raise();
        if ((events & (InputEvents | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0) Input.Raise();
    }

    /// <summary>Ends both waits, and forgets the socket, which must still be open.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            Forget();
        }

        Input.End();
        Output.End();
    }

    /// <summary>The loop tells of what is there already, too, whenever it is asked for something more.</summary>
    private void Watch(uint events)
    {
        if ((Volatile.Read(ref _asked) & events) == events) return;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Ask(_asked | events | Libc.EPOLLET);
            _asked |= events;
        }
    }
}
