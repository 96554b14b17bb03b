namespace Kestrel.Streams.Tests;

/// <summary>memcached with room for values of up to 4 MiB.</summary>
public sealed class Memcached : IPeerServer
{
    public Task<Peer> ListenAsync(Place place)
    {
        string[] address = place.Network == Network.Tcp ? ["-l", "127.0.0.1", "-p", $"{place.ReservePort()}", "-U", "0"] : ["-s", place.Path];

        // It tells that it listens only with -vv, and refuses to be root unless told a user.
        return Peer.StartAsync(
            "memcached",
            [.. address, "-vv", "-u", Environment.UserName, "-I", "4m"],
            peer => peer.ErrorLineAsync("server listening"));
    }
}
