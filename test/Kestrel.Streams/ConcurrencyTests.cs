namespace Kestrel.Streams.Tests;

/// <summary>Every member beside every other.</summary>
public class ConcurrencyTests
{
    [Fact]
    public async Task Many_starts_at_once_are_one()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => server.StartServingAsync()))).Within();

        Assert.Single(server.Sockets);
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task Many_closes_at_once_all_end_when_the_handlers_have_ended()
    {
        var entrance = new Entrance();
        var stopping = new Signal();
        var release = new Signal();
        await using var server = new StreamServer(
            entrance.Of(async (_, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
            }),
            "127.0.0.1");
        await using var client = await entrance.StartAsync(server);

        var closes = Enumerable.Range(0, 20).Select(_ => Task.Run(() => server.CloseAsync())).ToArray();
        await stopping.Task.Within();
        Assert.DoesNotContain(closes, static close => close.IsCompleted);
        release.Set();

        await Task.WhenAll(closes).Within();
        Assert.False(server.IsBound);
    }

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task Starts_closes_aborts_and_peers_in_any_order_end_in_a_server_that_works(bool unix)
    {
        var running = 0;
        var log = new LogCapture();
        await using var server = AnyServer.Of(
            unix,
            async (stream, _) =>
            {
                Interlocked.Increment(ref running);
                try
                {
                    await Talk.EchoAsync(stream);
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            },
            new StreamServerOptions { LoggerFactory = log.Factory });
        // Always the same dice, so that a failure comes again.
        var tasks = Enumerable.Range(0, 6).Select(seed => Task.Run(() => StirAsync(server, new Random(seed))));

        await Task.WhenAll(tasks).Within(TimeSpan.FromSeconds(60));

        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();
        Assert.Equal(0, Volatile.Read(ref running));
        Assert.Empty(log.Complaints);
    }

    private static async Task StirAsync(StreamServerBase server, Random dice)
    {
        for (var i = 0; i < 40; i++)
        {
            switch (dice.Next(6))
            {
                case 0:
                    await server.StartServingAsync();
                    break;
                case 1:
                    await server.BindAsync();
                    break;
                case 2:
                    await server.CloseAsync();
                    break;
                case 3:
                    await server.AbortAsync();
                    break;
                case 4:
                    Assert.NotEmpty(server.ToString());
                    break;
                default:
                    await VisitAsync(server);
                    break;
            }
        }
    }

    private static async Task VisitAsync(StreamServerBase server)
    {
        if (server.EndPoints is not [var endPoint, ..]) return;
        try
        {
            await using var client = await StreamClient.ConnectAsync(endPoint);
            await client.WriteAsync("hello\n");
            await client.ReadLineAsync();
        }
        catch (IOException)
        {
            // Somebody has closed the server in the meantime.
        }
    }
}
