using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>
/// The waiting for one descriptor of any kind: one wait at a time until it can be read or written, and beside that a watch for the
/// other end.
/// </summary>
internal sealed class Readiness(SafeHandle handle) : WatchedDescriptor(handle, SharedLoop.Instance), IDisposable
{
    private readonly Lock _gate = new();
    private readonly Waiter _waiter = new();
    private Action? _onGone;
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
                AskOnce(_wanted = events);
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
            AskOnce(_wanted);
        }
    }

    public override void OnEvent(uint events)
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
            Forget();
            wake = _waiter.TryClaim();
        }

        if (wake) _waiter.End(new ObjectDisposedException(nameof(Readiness)));
    }

    private void AskOnce(uint events) => Ask(events | Libc.EPOLLONESHOT);

    private void GoOnWatching()
    {
        try
        {
            AskOnce(0);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Closed by whoever gave it: the next use shows it, and the loop must go on for all others.
            _onGone = null;
        }
    }
}
