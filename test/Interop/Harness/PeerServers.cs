namespace Kestrel.Streams.Tests;

internal static class PeerServers
{
    /// <summary>Starts the server for one test and kills it at the end; what it said is part of a failure.</summary>
    public static async Task RunAsync(this IPeerServer server, Network network, Func<Place, Peer, Task> test, TlsTerms? tls = null)
    {
        using var place = new Place(network, tls);
        await using var peer = await server.ListenAsync(place);
        try
        {
            await test(place, peer);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{await peer.TellAsync()}", error);
        }
    }
}
