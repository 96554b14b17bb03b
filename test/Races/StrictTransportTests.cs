namespace Kestrel.Streams.Tests;

/// <summary>Everything at once over a transport that holds the stream to its promises, and an end of any kind, also of several kinds, at any moment.</summary>
public class StrictTransportTests
{
    private static readonly Func<ConnectionStream, Task>[] _ends =
    [
        s => s.CloseAsync().AsTask(),
        s => s.DisposeAsync().AsTask(),
        s => Task.Run(s.Dispose),
        s => Task.Run(() => s.Abort()),
        s => s.AbortAsync(),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Never_two_of_a_kind_none_after_the_end_and_one_dispose(bool tries) => Race.RunAsync(1200, async random =>
    {
        var (one, other) = MemoryTransport.CreatePair();
        var transport = new StrictTransport(one, tries, random.Next());
        var stream = ConnectionStream.Create(transport);
        var peer = ConnectionStream.Create(other);
        var closed = stream.Closed;
        using var source = new CancellationTokenSource();
        Task[] busy =
        [
            Talk(() => ReadAsync(stream, new Random(random.Next()), source.Token)),
            Talk(() => WriteAsync(stream, new Random(random.Next()), source.Token)),
            Talk(() => WriteAsync(stream, new Random(random.Next()), source.Token)),
            Talk(() => WriteAsync(peer, new Random(random.Next()), CancellationToken.None)),
            Talk(async () =>
            {
                while (await peer.ReadAsync(70_000) is { Length: > 0 })
                {
                }
            }),
        ];
        for (var turns = random.Next(60); turns > 0; turns--) await Task.Yield();
        if (random.Next(3) == 0) await source.CancelAsync();
        if (random.Next(4) == 0) await peer.AbortAsync().Within();
        var ends = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(_ends.Length)).Select(end => Task.Run(() => _ends[end](stream))).ToArray();

        await Task.WhenAll(ends).Within();
        await stream.WaitClosedAsync().Within();
        await Task.WhenAll(busy[..3]).Within();
        await Eventually.FiredAsync(closed).Within();
        await peer.AbortAsync().Within();
        await Task.WhenAll(busy).Within();
        await Eventually.IsTrueAsync(() => WatchedPool.Instance.Out == 0);
        Assert.Empty(transport.Broken);
    });

    private static Task Talk(Func<Task> talk) => Task.Run(async () =>
    {
        try
        {
            await talk();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // These say how it ended.
        }
    });

    private static async Task ReadAsync(ConnectionStream stream, Random random, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await stream.ReadAsync(random.Next(1, 5000), cancellationToken);
            if (read.Length == 0) return;
            _ = stream.AtEof;
            if (random.Next(4) == 0) await stream.SkipLineAsync(cancellationToken);
        }
    }

    /// <summary>The memory of a write is the caller's again as soon as the call has ended, in whatever way: it is used for something else at once.</summary>
    private static async Task WriteAsync(ConnectionStream stream, Random random, CancellationToken cancellationToken)
    {
        var memory = new byte[20_000];
        while (true)
        {
            var part = memory.AsMemory(0, random.Next(1, memory.Length));
            try
            {
                switch (random.Next(4))
                {
                    case 0: await stream.WriteAsync(part.Span, cancellationToken); break;
                    case 1: stream.Write(part.Span); break;
                    case 2: await stream.DrainAsync(cancellationToken); break;
                    default: await stream.WriteAsync(part, cancellationToken); break;
                }
            }
            finally
            {
                random.NextBytes(memory);
            }
        }
    }
}
