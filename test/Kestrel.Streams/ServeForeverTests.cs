namespace Kestrel.Streams.Tests;

public class ServeForeverTests
{
    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task It_serves_until_it_is_cancelled_and_returns_with_the_server_closed(bool unix)
    {
        using var stop = new CancellationTokenSource();
        await using var server = AnyServer.Of(unix, (stream, _) => Talk.EchoAsync(stream), new StreamServerOptions());
        var forever = server.ServeForeverAsync(stop.Token);
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
        Assert.False(forever.IsCompleted);

        await stop.CancelAsync();
        await forever.Within();

        Assert.False(server.IsServing);
        Assert.False(server.IsBound);
        Assert.Equal("", await client.HearAllAsync());
    }

    [Fact]
    public async Task It_returns_when_the_server_is_closed()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        var forever = server.ServeForeverAsync();
        await server.StartServingAsync().Within();

        await server.CloseAsync().Within();

        await forever.Within();
    }

    [Fact]
    public async Task It_returns_when_the_server_is_aborted()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        var forever = server.ServeForeverAsync();
        await server.StartServingAsync().Within();

        await server.AbortAsync().Within();

        await forever.Within();
    }

    [Fact]
    public async Task It_returns_only_when_the_handlers_have_ended()
    {
        using var stop = new CancellationTokenSource();
        var stopping = new Signal();
        var release = new Signal();
        var entrance = new Entrance();
        await using var server = new StreamServer(
            entrance.Of(async (_, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
            }),
            "127.0.0.1");
        var forever = server.ServeForeverAsync(stop.Token);
        await using var client = await entrance.StartAsync(server);
        var close = stop.CancelAsync();

        await stopping.Task.Within();
        Assert.False(forever.IsCompleted);
        release.Set();

        await forever.Within();
        await close.Within();
    }

    [Fact]
    public async Task A_second_one_at_once_is_refused_and_the_first_goes_on()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        var first = server.ServeForeverAsync();
        await server.StartServingAsync().Within();

        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ServeForeverAsync().Within());

        Assert.False(first.IsCompleted);
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();
        await first.Within();
    }

    [Fact]
    public async Task It_may_be_called_again_when_it_has_returned()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        for (var round = 0; round < 3; round++)
        {
            using var stop = new CancellationTokenSource();
            var forever = server.ServeForeverAsync(stop.Token);
            await server.StartServingAsync().Within();
            await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
            await stop.CancelAsync();
            await forever.Within();
        }
    }

    [Fact]
    public async Task Cancelled_before_it_begins_it_returns_with_nothing_bound()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");

        await server.ServeForeverAsync(new CancellationToken(canceled: true)).Within();

        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Cancelled_before_it_begins_it_closes_a_server_that_serves()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await server.StartServingAsync().Within();

        await server.ServeForeverAsync(new CancellationToken(canceled: true)).Within();

        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_and_it_may_be_tried_again()
    {
        // Where the system picks ports for no other test.
        const string quiet = "127.0.1.3";
        await using var holder = new StreamServer(Talk.EchoAsync, quiet);
        await holder.StartServingAsync().Within();
        await using var server = new StreamServer(Talk.EchoAsync, quiet, holder.Port());
        await Assert.ThrowsAsync<IOException>(() => server.ServeForeverAsync().Within());

        await holder.CloseAsync().Within();
        var forever = server.ServeForeverAsync();
        await server.StartServingAsync().Within();

        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();
        await forever.Within();
    }

    [Fact]
    public async Task A_close_beside_its_cancellation_ends_both()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        for (var round = 0; round < 50; round++)
        {
            using var stop = new CancellationTokenSource();
            var forever = server.ServeForeverAsync(stop.Token);
            if (round % 2 == 0) await server.StartServingAsync().Within();
            var close = Task.Run(() => server.CloseAsync());
            var cancel = Task.Run(() => stop.CancelAsync());

            await Task.WhenAll(forever, close, cancel).Within();

            Assert.False(server.IsBound);
        }
    }
}
