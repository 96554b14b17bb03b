using System.IO.Pipelines;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>One end of a connection in memory: two pipes, with the half-close and the reset that a TCP socket has.</summary>
internal sealed class MemoryTransport : PipeTransport
{
    private MemoryTransport(IDuplexPipe pipe)
        : base(pipe)
    {
    }

    public override bool CanWriteEof => true;

    public static (MemoryTransport Client, MemoryTransport Server) CreatePair()
    {
        var options = new PipeOptions(pauseWriterThreshold: 65536, resumeWriterThreshold: 32768, useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (
            new MemoryTransport(new Ends(toClient.Reader, toServer.Writer)),
            new MemoryTransport(new Ends(toServer.Reader, toClient.Writer)));
    }

    public override ValueTask SendEofAsync(CancellationToken cancellationToken) => EndOutputAsync();

    // What the other end sees of it is what a socket would show.
    public override void Abort(Exception? reason) => base.Abort(new SocketException((int)SocketError.ConnectionReset));

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
