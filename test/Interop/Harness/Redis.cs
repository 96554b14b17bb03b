namespace Kestrel.Streams.Tests;

/// <summary>redis-server that keeps nothing.</summary>
public sealed class Redis : IPeerServer
{
    public Task<Peer> ListenAsync(Place place)
    {
        string[] address = place.Network == Network.Tcp
            ? ["--bind", "127.0.0.1", "--port", $"{place.ReservePort()}"]
            : ["--port", "0", "--unixsocket", place.Path];
        return Peer.StartAsync(
            "redis-server",
            [.. address, "--save", "", "--appendonly", "no", "--dir", place.Folder],
            peer => peer.LineAsync("eady to accept connections"));
    }
}
