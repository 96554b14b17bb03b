using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>One end of an OS pipe, or of whatever else a descriptor may be, straight on the system calls.</summary>
internal abstract class DescriptorTransport : StreamTransport
{
    private int _released;

    private protected DescriptorTransport(Descriptor descriptor)
    {
        Descriptor = descriptor;
        Readiness = new Readiness(descriptor.Handle);
    }

    private protected Descriptor Descriptor { get; }

    private protected Readiness Readiness { get; }

    private protected bool IsReleased => Volatile.Read(ref _released) != 0;

    /// <summary>Takes over a handle.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="given">What to dispose of at the end: the handle, or the stream it is taken from.</param>
    /// <param name="mode">Reading or writing.</param>
    /// <exception cref="ArgumentException">The handle is closed, of a kind that is refused, or open for the other way only.</exception>
    public static DescriptorTransport Open(SafeHandle handle, IDisposable given, StreamMode mode)
    {
        var descriptor = Descriptor.Open(handle, given, mode);
        return mode == StreamMode.Read ? new DescriptorReader(descriptor) : new DescriptorWriter(descriptor);
    }

    public override object? GetExtraInfo(string name) => name == "pipe" ? Descriptor.Given : base.GetExtraInfo(name);

    // A pipe has no reset: the other end sees what was written and then the end.
    public override void Abort(Exception? reason) => Release();

    public override ValueTask DisposeAsync()
    {
        Release();
        return ValueTask.CompletedTask;
    }

    private protected virtual void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) return;
        Readiness.Dispose();
        Descriptor.Dispose();
    }
}
