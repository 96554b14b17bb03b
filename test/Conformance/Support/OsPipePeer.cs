using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

/// <summary>The far ends of two pipes of the system, with nothing but the base class library.</summary>
internal sealed class OsPipePeer(AnonymousPipeClientStream reading, AnonymousPipeClientStream writing) : Peer
{
    // A pipe stream blocks the thread that reads or writes it: it gets one of its own, for the pool has few to give.
    public override Task SendAsync(ReadOnlyMemory<byte> data) => OnOwnThread(() =>
    {
        writing.Write(data.Span);
        return 0;
    });

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer) => await OnOwnThread(() => reading.Read(buffer.Span));

    public override Task SendFinAsync()
    {
        writing.Dispose();
        return Task.CompletedTask;
    }

    public override Task CloseAsync()
    {
        Reset();
        return Task.CompletedTask;
    }

    public override void Reset()
    {
        writing.Dispose();
        reading.Dispose();
    }

    public override async ValueTask DisposeAsync() => await CloseAsync();

    private static async Task<int> OnOwnThread(Func<int> call)
    {
        try
        {
            return await Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (ObjectDisposedException gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }
}
