namespace Kestrel.Streams.Testing;

/// <summary>
/// Two connected streams in memory, with the back-pressure, half-close and reset of a socket, and between them the cuts, delays and
/// faults of a network, as chosen.
/// </summary>
/// <remarks>Disposing it aborts what is still open. Its members may be used from anywhere.</remarks>
public sealed class StreamPair : IAsyncDisposable
{
    private StreamPair(ConnectionStream client, ConnectionStream server) => (Client, Server) = (client, server);

    /// <summary>The end that has connected.</summary>
    public ConnectionStream Client { get; }

    /// <summary>The end that has accepted.</summary>
    public ConnectionStream Server { get; }

    /// <summary>Connects two streams.</summary>
    /// <param name="options">What lies between them; null for a connection on which nothing goes wrong.</param>
    /// <returns>The pair.</returns>
    public static StreamPair Create(StreamPairOptions? options = null)
    {
        options ??= new StreamPairOptions();
        var toServer = new Wire(options.ToServer, options.TimeProvider);
        var toClient = new Wire(options.ToClient, options.TimeProvider);
        var client = new WireTransport(toClient, toServer, options.ClientEndPoint, options.ServerEndPoint, facts: []);
        var server = new WireTransport(
            toServer, toClient, options.ServerEndPoint, options.ClientEndPoint, new(options.ServerExtraInfo, StringComparer.Ordinal));
        var streams = options.Streams ?? new ConnectionStreamOptions();
        return new StreamPair(
            ConnectionStream.Create(client, streams, isServerSide: false, streams.Id),
            ConnectionStream.Create(server, streams, isServerSide: true, streams.Id));
    }

    /// <summary>Aborts both ends, unless they are closed.</summary>
    /// <returns>The end: everything is released.</returns>
    public async ValueTask DisposeAsync()
    {
        await Client.AbortAsync().ConfigureAwait(false);
        await Server.AbortAsync().ConfigureAwait(false);
    }

    /// <summary>Takes the pair apart: <c>var (client, server) = StreamPair.Create();</c></summary>
    /// <param name="client">The end that has connected.</param>
    /// <param name="server">The end that has accepted.</param>
    public void Deconstruct(out ConnectionStream client, out ConnectionStream server) => (client, server) = (Client, Server);
}
