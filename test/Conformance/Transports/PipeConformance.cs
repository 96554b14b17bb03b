using System.IO.Pipelines;

namespace Kestrel.Streams.Tests;

public sealed class PipeConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    protected override Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var pipe = new PipeOptions(useSynchronizationContext: false);
        var toStream = new Pipe(pipe);
        var toPeer = new Pipe(pipe);
        StreamTransport transport = StreamTransport.FromPipe(new Ends(toStream.Reader, toPeer.Writer));
        return Task.FromResult(
            new Pair(ConnectionStream.Create(transport, options), new PipePeer(toPeer.Reader, toStream.Writer)));
    }

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
