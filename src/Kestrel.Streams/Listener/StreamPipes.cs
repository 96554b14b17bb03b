using System.IO.Pipelines;

namespace Kestrel.Streams;

/// <summary>A stream as the pair of pipes that connection middleware works with.</summary>
internal sealed class StreamPipes(ConnectionStream stream) : IDuplexPipe
{
    public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));

    public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
}
