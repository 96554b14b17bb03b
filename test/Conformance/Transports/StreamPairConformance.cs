using Kestrel.Streams.Testing;

namespace Kestrel.Streams.Tests;

/// <summary>The pair that users test with is a connection as any other, also when its bytes come in random pieces.</summary>
public sealed class StreamPairConformance : StreamConformance
{
    protected override Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var pair = new StreamPairOptions { Streams = options };
        foreach (var wire in (WireOptions[])[pair.ToServer, pair.ToClient]) wire.Cuts = Cuts.Random(seed: 1, longest: 5000);
        var (client, server) = StreamPair.Create(pair);
        return Task.FromResult(new Pair(server, new StreamPeer(client)));
    }
}
