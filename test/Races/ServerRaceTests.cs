namespace Kestrel.Streams.Tests;

/// <summary>A server that closes or aborts while clients connect, talk, cancel and go.</summary>
public class ServerRaceTests
{
    private const int Clients = 6;

    [Theory]
    [InlineData("CloseAsync")]
    [InlineData("AbortAsync")]
    [InlineData("DisposeAsync")]
    [InlineData("CloseAsync and AbortAsync")]
    public Task A_server_that_ends_at_any_moment_leaves_nothing_behind(string how) => Race.RunAsync(25, async random =>
    {
        var handlers = 0;
        var server = new StreamServer(HandleAsync, "127.0.0.1", options: new StreamServerOptions { ShutdownTimeout = TimeSpan.FromSeconds(20) });
        await server.StartServingAsync().Within();
        var port = ((System.Net.IPEndPoint)server.EndPoints[0]).Port;
        using var source = new CancellationTokenSource();
        var seeds = Enumerable.Range(0, Clients).Select(_ => random.Next()).ToArray();
        var clients = seeds.Select(seed => Task.Run(() => ClientAsync(port, new Random(seed), source.Token))).ToArray();
        for (var turns = random.Next(300); turns > 0; turns--) await Task.Yield();
        if (random.Next(3) == 0) await source.CancelAsync();

        await Task.WhenAll(how switch
        {
            "CloseAsync" => [server.CloseAsync()],
            "AbortAsync" => [server.AbortAsync()],
            "DisposeAsync" => [server.DisposeAsync().AsTask()],
            _ => (Task[])[Task.Run(() => server.CloseAsync()), Task.Run(server.AbortAsync)],
        }).Within();

        Assert.Equal((0, 0), (Volatile.Read(ref handlers), server.ConnectionCount));
        await Task.WhenAll(clients).Within();
        await server.DisposeAsync().AsTask().Within();
        await Eventually.IsTrueAsync(() => WatchedPool.Instance.Out == 0);

        async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
        {
            Interlocked.Increment(ref handlers);
            try
            {
                while (await stream.ReadLineAsync() is { Length: > 0 } line) await stream.WriteAsync(line);
            }
            finally
            {
                Interlocked.Decrement(ref handlers);
            }
        }
    });

    private static async Task ClientAsync(int port, Random random, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var stream = await StreamClient.ConnectAsync("127.0.0.1", port, cancellationToken: cancellationToken);
                try
                {
                    for (var line = random.Next(10); line > 0; line--)
                    {
                        await stream.WriteAsync("a line\n"u8, cancellationToken);
                        var answer = await stream.ReadLineAsync(cancellationToken);
                        Assert.True(answer.AsSpan().SequenceEqual("a line\n"u8) || answer.Length == 0);
                    }
                }
                finally
                {
                    if (random.Next(2) == 0) await stream.AbortAsync();
                    await stream.CloseAsync(CancellationToken.None);
                    await stream.WaitClosedAsync(CancellationToken.None);
                }
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException cancelled && cancelled.CancellationToken == cancellationToken))
        {
            // The server has gone, or this client has lost its patience.
        }
    }
}
