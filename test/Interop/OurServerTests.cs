namespace Kestrel.Streams.Tests;

/// <summary>What our server does with many clients, with bad ones, and with its own handler's failure.</summary>
public sealed class OurServerTests
{
    [Theory]
    [InlineData(Network.Tcp)]
    [InlineData(Network.Unix)]
    public async Task A_hundred_connections_are_served_at_once(Network network)
    {
        const int clients = 100;
        var waiting = 0;
        var allAreHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(
            network,
            async stream =>
            {
                var line = await stream.ReadLineAsync().Within();
                if (Interlocked.Increment(ref waiting) == clients)
                    allAreHere.SetResult();
                await allAreHere.Task.Within();
                await stream.WriteAsync(line).Within();
            },
            place => RunAsync(new Python("hello", clients), place));
        Assert.Equal(clients, waiting);
    }

    [Fact]
    public async Task Lines_that_come_with_descriptors_are_all_read() =>
        await ServeAsync(Network.Unix, Behaviour.EchoLinesAsync, place => RunAsync(new Python("pass_descriptors", 20, "100"), place));

    [Theory]
    [InlineData(Network.Tcp, "leave")]
    [InlineData(Network.Tcp, "leave_with_reset")]
    [InlineData(Network.Unix, "leave")]
    public async Task Clients_that_leave_at_once_do_no_harm(Network network, string scenario) =>
        await ServeAsync(network, Behaviour.EchoLinesAsync, async place =>
        {
            await RunAsync(new Python(scenario, 20), place);
            await RunAsync(new Python("pipeline", 1, "100"), place);
        });

    [Fact]
    public async Task A_port_scan_does_no_harm() =>
        await ServeAsync(Network.Tcp, Behaviour.EchoLinesAsync, async place =>
        {
            await using var scan = Peer.Start("nc", "-n", "-z", "127.0.0.1", $"{place.Port}");
            await SucceedAsync(scan);
            await RunAsync(new Python("hello"), place);
        });

    [Theory]
    [InlineData(Network.Tcp, "reset")]
    [InlineData(Network.Unix, "end after 0 bytes")] // A Unix socket has no reset to send.
    public async Task A_client_sees_that_the_handler_failed(Network network, string seen) =>
        await ServeAsync(
            network,
            async stream =>
            {
                await stream.ReadLineAsync().Within();
                throw new InvalidOperationException("The handler fails, as the test wants.");
            },
            async place =>
            {
                await using var peer = new Python("expect_reset").Connect(place);
                Assert.Equal(seen, await peer.ReadLineAsync());
                await SucceedAsync(peer);
            });

    [Theory]
    [InlineData(Network.Tcp)]
    [InlineData(Network.Unix)]
    public async Task When_the_server_closes_its_handlers_still_send_a_last_word(Network network)
    {
        using var place = new Place(network);
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            await Behaviour.EchoLinesAsync(stream);
            await stream.WriteAsync("farewell\n"u8).Within();
        });
        await using var peer = new Python("hello_and_farewell").Connect(place);
        Assert.Equal("greeted", await peer.ReadLineAsync());
        await server.DisposeAsync().Within();
        await SucceedAsync(peer);
    }

    private static async Task ServeAsync(Network network, Func<ConnectionStream, Task> handler, Func<Place, Task> test)
    {
        using var place = new Place(network);
        await using var server = await OurServer.StartAsync(place, handler);
        await test(place);
    }

    private static async Task RunAsync(Python python, Place place)
    {
        await using var peer = python.Connect(place);
        await SucceedAsync(peer);
    }

    private static async Task SucceedAsync(Peer peer)
    {
        try
        {
            await peer.SucceedAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{await peer.TellAsync()}", error);
        }
    }
}
