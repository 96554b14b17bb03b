namespace Kestrel.Streams.Tests;

public class ReusePortTests
{
    [Fact]
    public async Task Two_servers_share_the_connections_of_one_port()
    {
        var (first, second) = (0, 0);
        await using var one = Server(stream => CountAsync(stream, ref first), 0);
        await one.StartServingAsync().Within();
        await using var two = Server(stream => CountAsync(stream, ref second), one.Port());
        await two.StartServingAsync().Within();

        for (var i = 0; i < 100; i++)
        {
            await using var client = await one.ConnectAsync();
            Assert.Equal("", await client.HearAllAsync());
        }

        Assert.Equal(one.Port(), two.Port());
        Assert.Equal(100, Volatile.Read(ref first) + Volatile.Read(ref second));
        // The kernel deals by a hash: it does not give a hundred to one of two.
        Assert.NotEqual(0, Volatile.Read(ref first));
        Assert.NotEqual(0, Volatile.Read(ref second));
    }

    [Fact]
    public async Task When_one_closes_the_other_serves_on()
    {
        await using var one = Server(Talk.EchoAsync, 0);
        await one.StartServingAsync().Within();
        await using var two = Server(Talk.EchoAsync, one.Port());
        await two.StartServingAsync().Within();

        await one.CloseAsync().Within();

        for (var i = 0; i < 10; i++)
        {
            await using var client = await two.ConnectAsync();
            await client.HearsItselfAsync();
        }
    }

    [Fact]
    public async Task One_that_does_not_share_keeps_its_port()
    {
        await using var one = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await one.StartServingAsync().Within();
        await using var two = Server(Talk.EchoAsync, one.Port());

        await Assert.ThrowsAsync<IOException>(() => two.StartServingAsync().Within());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)] // .NET allows it all the same, as the option says
    public async Task A_port_whose_last_connections_are_in_TIME_WAIT_can_be_bound(bool? reuseAddress)
    {
        // Where the system picks ports for no other test.
        const string quiet = "127.0.1.4";
        // The side that closes first, here the server, keeps the connection in TIME_WAIT.
        await using var one = new StreamServer(stream => stream.WriteAsync("bye").AsTask(), quiet);
        await one.StartServingAsync().Within();
        var port = one.Port();
        await using (var client = await one.ConnectAsync()) Assert.Equal("bye", await client.HearAllAsync());
        await one.CloseAsync().Within();

        await using var two = new StreamServer(Talk.EchoAsync, quiet, port, new StreamServerOptions { ReuseAddress = reuseAddress });
        await two.StartServingAsync().Within();

        await using var next = await two.ConnectAsync();
        await next.HearsItselfAsync();
    }

    private static StreamServer Server(Func<ConnectionStream, Task> serve, int port) =>
        new(serve, "127.0.0.1", port, new StreamServerOptions { ReusePort = true });

    private static Task CountAsync(ConnectionStream stream, ref int count)
    {
        Interlocked.Increment(ref count);
        return stream.WriteEofAsync().AsTask();
    }
}
