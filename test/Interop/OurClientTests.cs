namespace Kestrel.Streams.Tests;

/// <summary>What our client does with a server of another make, many times at once and without staying.</summary>
public sealed class OurClientTests
{
    private const int Clients = 100;

    public static TheoryData<Network> Networks => [Network.Tcp, Network.Unix];

    [Theory]
    [MemberData(nameof(Networks))]
    public Task A_hundred_connections_to_asyncio_are_used_at_once(Network network) =>
        CrowdAsync(network, new Python("echo_lines", Clients), peer => peer.SucceedAsync());

    [Theory]
    [MemberData(nameof(Networks))]
    public Task A_hundred_connections_to_socat_are_used_at_once(Network network) =>
        CrowdAsync(network, new Socat(other: "PIPE", listenOptions: ",fork,backlog=128"), _ => Task.CompletedTask);

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task We_may_connect_and_leave_at_once(Network network)
    {
        using var place = new Place(network);
        await using var peer = await new Python("echo_lines", 2).ListenAsync(place);
        await (await OurClient.ConnectAsync(place)).CloseAsync(TestContext.Current.CancellationToken).Within();

        await using (var stream = await OurClient.ConnectAsync(place))
            await Behaviour.SendAndExpectAsync(stream, "hello\n"u8.ToArray());
        await peer.SucceedAsync();
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task A_server_that_leaves_at_once_is_an_end_to_us(Network network)
    {
        using var place = new Place(network);
        await using var peer = await new Python("leave").ListenAsync(place);
        await using var stream = await OurClient.ConnectAsync(place);
        Assert.Empty(await stream.ReadLineAsync(TestContext.Current.CancellationToken).Within());
        Assert.True(stream.AtEof);
        await stream.CloseAsync(TestContext.Current.CancellationToken).Within();
        await peer.SucceedAsync();
    }

    private static async Task CrowdAsync(Network network, IPeerProgram server, Func<Peer, Task> end)
    {
        using var place = new Place(network);
        await using var peer = await server.ListenAsync(place);
        var streams = new List<ConnectionStream>();
        try
        {
            for (var i = 0; i < Clients; i++)
                streams.Add(await OurClient.ConnectAsync(place));
            await Task.WhenAll(streams.Select((stream, i) => Behaviour.SendAndExpectAsync(stream, Samples.NumberedLines(i + 1)))).Within();
            foreach (var stream in streams)
                await stream.CloseAsync().Within();
            await end(peer);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{await peer.TellAsync()}", error);
        }
        finally
        {
            foreach (var stream in streams)
                await stream.AbortAsync().Within();
        }
    }
}
