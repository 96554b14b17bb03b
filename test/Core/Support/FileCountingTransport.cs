using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>A transport over another one, which counts what the kernel sent of files and what was copied.</summary>
internal sealed class FileCountingTransport(StreamTransport below) : StreamTransport
{
    public long InKernel { get; private set; }

    public long Copied { get; private set; }

    public override bool CanTrySend => below.CanTrySend;

    public override bool CanWriteEof => below.CanWriteEof;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        below.ReceiveAsync(buffer, cancellationToken);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Copied += data.Length;
        return below.SendAsync(data, cancellationToken);
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        var sent = below.TrySend(data);
        Copied += sent;
        return sent;
    }

    internal override long TrySendFile(SafeFileHandle file, long offset, long count)
    {
        var sent = below.TrySendFile(file, offset, count);
        InKernel += Math.Max(sent, 0);
        return sent;
    }

    public override ValueTask SendEofAsync(CancellationToken cancellationToken) => below.SendEofAsync(cancellationToken);

    public override void Abort(Exception? reason) => below.Abort(reason);

    public override ValueTask DisposeAsync() => below.DisposeAsync();
}
