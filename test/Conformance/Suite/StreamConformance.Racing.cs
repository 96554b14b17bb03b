namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Theory]
    [InlineData("close")]
    [InlineData("abort")]
    [InlineData("close and abort")]
    [InlineData("peer closes")]
    [InlineData("peer resets")]
    public async Task An_end_at_any_moment_ends_every_call(string how)
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < 15; round++)
        {
            await using Pair pair = await ConnectAsync(limit: 1000).Within();
            var (stream, peer) = pair;
            Task[] busy =
            [
                ReadForEverAsync(stream), WriteForEverAsync(stream), WriteForEverAsync(stream), Eventually.FiredAsync(stream.Closed),
                TalkForEverAsync(peer), Task.Run(() => CountUntilGoneAsync(peer)), stream.WaitClosedAsync(),
            ];
            for (int turn = random.Next(100); turn > 0; turn--)
                await Task.Yield();

            switch (how)
            {
                case "close": await stream.CloseAsync().Within(); break;
                case "abort": await Task.Run(() => stream.Abort()).Within(); break;
                case "peer closes": await peer.CloseAsync().Within(); break;
                case "peer resets": peer.Reset(); break;
                default: await Task.WhenAll(Task.Run(async () => await stream.CloseAsync()), Task.Run(() => stream.Abort())).Within(); break;
            }

            await Task.WhenAll(busy[..2]).Within(what: $"the calls of seed {seed}, round {round}");
            await stream.CloseAsync().Within();
            // The peer still talks: what it says would be drained for a second before the stream is released.
            await peer.DisposeAsync();
            await Task.WhenAll(busy).Within(what: $"the end of seed {seed}, round {round}");
        }
    }

    private static Task ReadForEverAsync(ConnectionStream stream) => UntilEndedAsync(async () =>
    {
        while (await stream.ReadLineAsync() is { Length: > 0 } line)
            Assert.Equal("a line of the peer\n", line.Text());
    });

    private static Task WriteForEverAsync(ConnectionStream stream) => UntilEndedAsync(async () =>
    {
        while (true)
        {
            stream.Write("a line of ours\n"u8);
            await stream.WriteAsync(new byte[10_000]);
            await stream.DrainAsync();
        }
    });

    private static Task TalkForEverAsync(Peer peer) => Task.Run(async () =>
    {
        try
        {
            while (true)
            {
                await peer.SendAsync("a line of the peer\n");
                // Where sending never waits this must not fill the memory.
                await Task.Yield();
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // The peer has gone, whoever wanted it.
        }
    });

    private static Task UntilEndedAsync(Func<Task> talk) => Task.Run(async () =>
    {
        try
        {
            await talk();
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // These two, and nothing else, say how a connection ended.
        }
    });
}
