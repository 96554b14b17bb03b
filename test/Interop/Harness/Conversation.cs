namespace Kestrel.Streams.Tests;

/// <summary>One connection between a stream of ours and another program, in either direction of connecting.</summary>
public sealed class Conversation
{
    private readonly Network _network;
    private readonly IPeerClient? _client;
    private readonly IPeerServer? _server;

    public Conversation(IPeerProgram program, Network network, PeerSide side)
    {
        _network = network;
        if (side == PeerSide.Connects)
            _client = program;
        else
            _server = program;
    }

    public Conversation(IPeerClient client, Network network) => (_client, _network) = (client, network);

    public TlsTerms? Tls { get; init; }

    public int Limit { get; init; } = ConnectionStream.DefaultLimit;

    /// <summary>Done when both ends have done their part; our stream is closed when ours has.</summary>
    public async Task RunAsync(Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs)
    {
        using var place = new Place(_network, Tls);
        if (_client is not null)
            await WeListenAsync(place, _client, ours, theirs);
        else
            await WeConnectAsync(place, _server!, ours, theirs);
    }

    private async Task WeListenAsync(Place place, IPeerClient client, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs)
    {
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await OurServer.StartAsync(place, HandleAsync, Limit);
        await using var peer = client.Connect(place);
        await BothAsync(handled.Task, theirs(peer), peer);

        async Task HandleAsync(ConnectionStream stream)
        {
            try
            {
                await ours(stream);
                handled.TrySetResult();
            }
            catch (Exception error)
            {
                handled.TrySetException(error);
                throw;
            }
        }
    }

    private async Task WeConnectAsync(Place place, IPeerServer server, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs)
    {
        await using var peer = await server.ListenAsync(place);
        await BothAsync(TalkAsync(), theirs(peer), peer);

        async Task TalkAsync()
        {
            await using var stream = await OurClient.ConnectAsync(place, Limit);
            await ours(stream);
        }
    }

    private static async Task BothAsync(Task ours, Task theirs, Peer peer)
    {
        try
        {
            // The end that fails first tells the cause; the other one may then wait for ever.
            await await Task.WhenAny(ours, theirs).Within();
            await Task.WhenAll(ours, theirs).Within();
        }
        catch (Exception error)
        {
            var unfinished = (ours.IsCompleted ? "" : " Ours is not done.") + (theirs.IsCompleted ? "" : " Theirs is not done.");
            throw new InvalidOperationException($"{error.Message}{unfinished}\n{await peer.TellAsync()}", error);
        }
    }
}
