using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>A descriptor that a <see cref="ReadinessLoop"/> watches, from the first time it is asked to.</summary>
internal abstract class WatchedDescriptor(SafeHandle handle, ReadinessLoop loop)
{
    private SafeHandle? _duplicate;

    /// <summary>Its name at the loop, never used again: an event that comes late cannot reach another one. 0 while it is not watched.</summary>
    public long Id { get; private set; }

    /// <summary>Something has happened to the descriptor. Called by the loop, one event after the other.</summary>
    public abstract void OnEvent(uint events);

    /// <summary>Asks the loop for events; once more to ask for others. Called by one caller at a time.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    private protected void Ask(uint events)
    {
        if (Id != 0)
        {
            if (!loop.Control(Libc.EPOLL_CTL_MOD, _duplicate ?? handle, events, Id)) throw Descriptor.LastError();
            return;
        }

        Id = loop.Enter(this);
        try
        {
            if (loop.Control(Libc.EPOLL_CTL_ADD, handle, events, Id)) return;
            if (Marshal.GetLastPInvokeError() != Libc.EEXIST) throw Descriptor.LastError();
            // epoll knows each descriptor once, and here is another stream over the same one, such as the other way of a socket.
            _duplicate = Descriptor.Duplicate(handle);
            if (!loop.Control(Libc.EPOLL_CTL_ADD, _duplicate, events, Id)) throw Descriptor.LastError();
        }
        catch
        {
            // Not watched: the next time must not change, nor the end forget, what the other stream has asked for.
            loop.Leave(Id);
            Id = 0;
            _duplicate?.Dispose();
            _duplicate = null;
            throw;
        }
    }

    /// <summary>Has the loop forget the descriptor, which must still be open.</summary>
    private protected void Forget()
    {
        if (Id == 0) return;
        loop.Leave(Id);
        try
        {
            // Others may have the file open, so that closing the handle would not remove it.
            loop.Control(Libc.EPOLL_CTL_DEL, _duplicate ?? handle, 0, Id);
        }
        catch (ObjectDisposedException)
        {
            // Closed by whoever gave it.
        }

        _duplicate?.Dispose();
    }
}
