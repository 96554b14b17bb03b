namespace Kestrel.Streams;

/// <summary>The writing end.</summary>
internal sealed class DescriptorWriter(Descriptor descriptor) : DescriptorTransport(descriptor)
{
    private readonly CancellationTokenSource _gone = new();
    private Task _writing = Task.CompletedTask;

    public override StreamMode Mode => StreamMode.Write;

    public override bool CanWriteEof => true;

    public override bool CanTrySend => Descriptor.WritesNeverBlock;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ValueTask.FromException<int>(new NotSupportedException("The stream is write-only."));

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        ObjectDisposedException.ThrowIf(IsReleased, this);
        return Descriptor.Write(data);
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        CanTrySend ? SendAllAsync(data, cancellationToken) : SendBlockingAsync(data, cancellationToken);

    public override ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        Release();
        return ValueTask.CompletedTask;
    }

    private protected override void Release()
    {
        base.Release();
        _gone.Cancel();
    }

    internal override void WatchPeer(Action<Exception> onGone)
    {
        try
        {
            Readiness.Watch(() => onGone(Descriptor.PeerGone()));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // A device such as /dev/null, of which epoll knows nothing; or it is closed already.
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            data = data[TrySend(data.Span)..];
            if (data.IsEmpty) return;
            await Readiness.WaitAsync(Libc.EPOLLOUT, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// To a terminal, which may be stopped for as long as its user likes: the thread that waits for it cannot be woken. So it works on a
    /// copy, and whoever gives up leaves it behind.
    /// </summary>
    private async ValueTask SendBlockingAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsReleased, this);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token, cancellationToken);
        var (before, copy) = (_writing, data.ToArray());
        _writing = Task.Run(() => WriteAllAsync(before, copy), CancellationToken.None).Observed();
        await _writing.WaitAsync(either.Token).ConfigureAwait(false);
    }

    private async Task WriteAllAsync(Task before, ReadOnlyMemory<byte> data)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!data.IsEmpty)
        {
            ObjectDisposedException.ThrowIf(IsReleased, this);
            var count = Descriptor.Write(data.Span);
            data = data[count..];
            // Somebody else may have made it non-blocking.
            if (count == 0) await Readiness.WaitAsync(Libc.EPOLLOUT, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
