using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>
/// The waiting for one descriptor: one wait at a time until it can be read or written, and beside that a watch for the other end.
/// </summary>
internal sealed class Readiness(SafeHandle handle) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Waiter _waiter = new();
    private SafeHandle? _duplicate;
    private Action? _onGone;
    private long _id;
    private uint _wanted;
    private bool _disposed;

    /// <summary>Waits; it may end too early, so that whoever waits must try again.</summary>
    /// <param name="events"><see cref="Libc.EPOLLIN"/> or <see cref="Libc.EPOLLOUT"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask WaitAsync(uint events, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waiter.Arm();
            try
            {
                Arm(_wanted = events);
            }
            catch
            {
                _waiter.TryClaim();
                throw;
            }
        }

        return _waiter.WaitAsync(cancellationToken);
    }

    /// <summary>Calls back, once and from the thread pool, when the other end is gone, also while nobody waits.</summary>
    public void Watch(Action onGone)
    {
        lock (_gate)
        {
            if (_disposed) return;
            _onGone = onGone;
            Arm(_wanted);
        }
    }

    /// <summary>Something has happened to the descriptor. Called by the loop; returns soon.</summary>
    public void OnEvent(uint events)
    {
        Action? onGone = null;
        bool wake;
        lock (_gate)
        {
            if (_disposed) return;
            _wanted = 0;
            if ((events & (Libc.EPOLLERR | Libc.EPOLLHUP)) != 0) (onGone, _onGone) = (_onGone, null);
            wake = _waiter.TryClaim();
            // It has been told once and is silent now; the watch goes on.
            if (_onGone is not null) GoOnWatching();
        }

        if (wake) _waiter.End();
        if (onGone is not null) ThreadPool.UnsafeQueueUserWorkItem(static gone => gone(), onGone, preferLocal: false);
    }

    /// <summary>Ends the wait, and forgets the descriptor, which must still be open.</summary>
    public void Dispose()
    {
        bool wake;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _onGone = null;
            if (_id != 0) ReadinessLoop.Shared.Remove(_id, _duplicate ?? handle);
            _duplicate?.Dispose();
            wake = _waiter.TryClaim();
        }

        if (wake) _waiter.End(new ObjectDisposedException(nameof(Readiness)));
    }

    private void GoOnWatching()
    {
        try
        {
            Arm(0);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Closed by whoever gave it: the next use shows it, and the loop must go on for all others.
            _onGone = null;
        }
    }

    private void Arm(uint events)
    {
        var loop = ReadinessLoop.Shared;
        var isFirst = _id == 0;
        var id = isFirst ? loop.NextId() : _id;
        var isArmed = loop.Arm(id, this, _duplicate ?? handle, events, isFirst);
        if (!isArmed && Marshal.GetLastPInvokeError() == Libc.EEXIST)
        {
            // epoll knows each descriptor once, and here is another stream over the same one, such as the other way of a socket.
            _duplicate = Descriptor.Duplicate(handle);
            isArmed = loop.Arm(id, this, _duplicate, events, isFirst);
        }

        if (!isArmed) throw Descriptor.LastError();
        _id = id;
    }
}
