namespace Kestrel.Streams.Bench;

/// <summary>Our client, with borrowed lines: the fast way.</summary>
internal sealed class BorrowTalk(Settings settings) : Talk(settings)
{
    public override async Task RunAsync(CancellationToken stop)
    {
        await using var stream = await StreamClient.ConnectAsync(Server, cancellationToken: CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < Settings.Depth; i++) stream.Write(Line);
            for (var i = 0; i < Settings.Depth; i++) Check((await stream.BorrowLineAsync(CancellationToken.None)).Length);
            Count(Settings.Depth);
        }
    }
}

/// <summary>Our client, with an array for each line: the plain way.</summary>
internal sealed class OwnedTalk(Settings settings) : Talk(settings)
{
    public override async Task RunAsync(CancellationToken stop)
    {
        await using var stream = await StreamClient.ConnectAsync(Server, cancellationToken: CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            for (var i = 1; i < Settings.Depth; i++) stream.Write(Line);
            await stream.WriteAsync(Line, CancellationToken.None);
            for (var i = 0; i < Settings.Depth; i++) Check((await stream.ReadLineAsync(CancellationToken.None)).Length);
            Count(Settings.Depth);
        }
    }
}
