using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A write over a transport that cannot try ends when the transport has let go of the caller's memory, and not before.</summary>
public class HeldMemoryTests
{
    [Theory]
    [InlineData("aborts")]
    [InlineData("breaks")]
    public async Task The_memory_is_the_callers_again_when_the_transport_has_let_go_of_it(string how)
    {
        var transport = new Holding();
        await using var stream = ConnectionStream.Create(transport);
        var writing = stream.WriteAsync(Content.At(0, 10_000)).AsTask();
        await transport.Sending.Task.Within();

        if (how == "aborts") stream.Abort();
        else stream.Output.Fail(new IOException("broken", new SocketException((int)SocketError.ConnectionReset)));

        await Eventually.StaysPendingAsync(writing);
        transport.LetGo.SetException(new IOException("It is over."));
        var error = await Outcome.ErrorOfAsync(writing, "the write");
        Assert.True(how == "aborts" ? error is ObjectDisposedException : error is IOException { Message: "broken" }, $"{error}");
        await stream.AbortAsync().Within();
    }

    private sealed class Holding : StreamTransport
    {
        public TaskCompletionSource Sending { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource LetGo { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await LetGo.Task;
            return 0;
        }

        public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            Sending.SetResult();
            await LetGo.Task;
        }

        public override void Abort(Exception? reason)
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
