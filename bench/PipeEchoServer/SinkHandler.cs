namespace Kestrel.Streams.Bench;

/// <summary>Sees every line, and answers at the end.</summary>
internal sealed class SinkHandler : StreamHandler
{
    protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
    {
        var lines = 0L;
        await foreach (var line in stream.BorrowLinesAsync(CancellationToken.None)) lines++;
        await stream.WriteAsync("OK\n"u8, CancellationToken.None);
    }
}
