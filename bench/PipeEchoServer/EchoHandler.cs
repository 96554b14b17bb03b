namespace Kestrel.Streams.Bench;

/// <summary>Returns every line, as the README tells users to write it.</summary>
internal sealed class EchoHandler : StreamHandler
{
    protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
    {
        await foreach (var line in stream.BorrowLinesAsync(CancellationToken.None))
        {
            stream.Write(line.Span);
            await stream.DrainAsync(CancellationToken.None);
        }
    }
}
