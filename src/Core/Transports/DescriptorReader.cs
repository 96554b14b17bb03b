namespace Kestrel.Streams;

/// <summary>The reading end.</summary>
internal sealed class DescriptorReader(Descriptor descriptor) : DescriptorTransport(descriptor)
{
    public override StreamMode Mode => StreamMode.Read;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(IsReleased, this);
            var count = 0;
            if (buffer.IsEmpty ? Descriptor.IsReadable() : Descriptor.TryRead(buffer.Span, out count)) return count;
            await Readiness.WaitAsync(Libc.EPOLLIN, cancellationToken).ConfigureAwait(false);
            if (buffer.IsEmpty) return 0;
        }
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        ValueTask.FromException(new NotSupportedException("The stream is read-only."));
}
