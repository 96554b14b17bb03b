namespace Kestrel.Streams.Tests;

public sealed class MemoryClientConformance : StreamConformance
{
    protected override Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (client, server) = ConnectionStream.CreatePair(options);
        return Task.FromResult(new Pair(client, new StreamPeer(server)));
    }
}

public sealed class MemoryServerConformance : StreamConformance
{
    protected override Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (client, server) = ConnectionStream.CreatePair(options);
        return Task.FromResult(new Pair(server, new StreamPeer(client)));
    }
}
