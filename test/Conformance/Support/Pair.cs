namespace Kestrel.Streams.Tests;

/// <summary>A connected stream under test and its peer; disposing drops both and releases what was needed to connect them.</summary>
public sealed class Pair(ConnectionStream stream, Peer peer, Func<Task>? release = null) : IAsyncDisposable
{
    public ConnectionStream Stream => stream;

    public Peer Peer => peer;

    public void Deconstruct(out ConnectionStream theStream, out Peer thePeer) => (theStream, thePeer) = (stream, peer);

    public async ValueTask DisposeAsync()
    {
        await stream.AbortAsync().Within();
        await peer.DisposeAsync();
        if (release is not null)
            await release().Within();
    }
}
