using System.IO.Pipelines;

namespace Kestrel.Streams.Tests;

/// <summary>Two ends of a connection made of pipes, as a stock Kestrel connection has them.</summary>
internal sealed class DuplexPipes(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    public static (DuplexPipes Client, DuplexPipes Server) CreatePair(long pauseAt = 65536)
    {
        var options = new PipeOptions(pauseWriterThreshold: pauseAt, resumeWriterThreshold: pauseAt / 2, useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (new DuplexPipes(toClient.Reader, toServer.Writer), new DuplexPipes(toServer.Reader, toClient.Writer));
    }
}
