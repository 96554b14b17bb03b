using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The other end of a pair of pipes. It may go at any moment, which a pipe allows only while nobody touches it.</summary>
internal sealed class PipePeer(PipeReader input, PipeWriter output) : Peer
{
    private readonly Lock _gate = new();
    private bool _outputEnded;
    private bool _gone;

    public override async Task SendAsync(ReadOnlyMemory<byte> data)
    {
        FlushResult result = await PassedOnAsync(Write);
        if (result.IsCompleted || result.IsCanceled)
            throw new IOException("The other end reads no more.");

        ValueTask<FlushResult> Write()
        {
            lock (_gate)
            {
                if (_outputEnded)
                    throw new IOException("This end has ended its output.");
                return output.WriteAsync(data);
            }
        }
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        ReadResult result = await PassedOnAsync(Read);
        lock (_gate)
        {
            ThrowIfGone();
            int count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            ReadOnlySequence<byte> some = result.Buffer.Slice(0, count);
            some.CopyTo(buffer.Span);
            input.AdvanceTo(some.End);
            return count;
        }

        ValueTask<ReadResult> Read()
        {
            lock (_gate)
            {
                ThrowIfGone();
                return input.ReadAsync();
            }
        }
    }

    public override Task SendFinAsync()
    {
        lock (_gate)
            EndOutput(null);
        return Task.CompletedTask;
    }

    public override Task CloseAsync()
    {
        End(null);
        return Task.CompletedTask;
    }

    public override void Reset() => End(new SocketException((int)SocketError.ConnectionReset));

    public override async ValueTask DisposeAsync() => await CloseAsync();

    private void End(Exception? reason)
    {
        lock (_gate)
        {
            EndOutput(reason);
            if (_gone)
                return;
            _gone = true;
            input.CancelPendingRead();
            input.Complete(reason);
        }
    }

    private void EndOutput(Exception? reason)
    {
        if (_outputEnded)
            return;
        _outputEnded = true;
        output.CancelPendingFlush();
        output.Complete(reason);
    }

    private void ThrowIfGone()
    {
        if (_gone)
            throw new IOException("This end has gone.");
    }

    /// <summary>A pipe passes on whatever its other end was completed with.</summary>
    private static async Task<T> PassedOnAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception broken) when (broken is not IOException)
        {
            throw new IOException(broken.Message, broken);
        }
    }
}
