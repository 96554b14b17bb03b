using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

/// <summary>Over two pipes of the system, one for each way, which the client made a reading and a writing stream of.</summary>
public sealed class OsPipeConformance : StreamConformance
{
    /// <summary>A pipe has no reset: a peer that breaks off looks to the reader like one that ends.</summary>
    protected override bool SeesReset => false;

    protected override bool ShowsAbort => false;

    /// <summary>What was written stays in the pipe, but a peer that still talks is refused as soon as the reading end is closed.</summary>
    protected override bool Lingers => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var toStream = new AnonymousPipeServerStream(PipeDirection.In);
        var toPeer = new AnonymousPipeServerStream(PipeDirection.Out);
        var fromPeer = new AnonymousPipeClientStream(PipeDirection.Out, toStream.ClientSafePipeHandle);
        var fromStream = new AnonymousPipeClientStream(PipeDirection.In, toPeer.ClientSafePipeHandle);
        ConnectionStream stream = await ConnectAsync(toStream, toPeer, options);
        return new Pair(stream, new StreamPeer(await ConnectAsync(fromStream, fromPeer, null)));
    }

    private static async Task<ConnectionStream> ConnectAsync(System.IO.Stream input, System.IO.Stream output, ConnectionStreamOptions? options)
    {
        var transport = new TwoPipes(await StreamClient.ConnectReadPipeAsync(input), await StreamClient.ConnectWritePipeAsync(output));
        return ConnectionStream.Create(transport, options);
    }

    /// <summary>Both ways of one connection, each over the transport that serves it alone.</summary>
    private sealed class TwoPipes(ConnectionStream reading, ConnectionStream writing) : StreamTransport
    {
        public override bool CanWriteEof => writing.Transport.CanWriteEof;

        public override bool CanTrySend => writing.Transport.CanTrySend;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            reading.Transport.ReceiveAsync(buffer, cancellationToken);

        public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            writing.Transport.SendAsync(data, cancellationToken);

        public override int TrySend(ReadOnlySpan<byte> data) => writing.Transport.TrySend(data);

        public override ValueTask SendEofAsync(CancellationToken cancellationToken) => writing.Transport.SendEofAsync(cancellationToken);

        public override void Abort(Exception? reason)
        {
            writing.Transport.Abort(reason);
            reading.Transport.Abort(reason);
        }

        public override async ValueTask DisposeAsync()
        {
            await writing.Transport.DisposeAsync();
            await reading.Transport.DisposeAsync();
        }
    }
}
