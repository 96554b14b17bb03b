using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>Our server for a place, of the kind its network asks for.</summary>
public sealed class OurServer : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;

    private OurServer(IAsyncDisposable server) => _server = server;

    public static async Task<OurServer> StartAsync(Place place, Func<ConnectionStream, Task> handler, int limit = ConnectionStream.DefaultLimit)
    {
        var options = new StreamServerOptions { Limit = limit, Tls = place.Tls?.ServerOptions(), ShutdownTimeout = TimeSpan.FromSeconds(5) };
        if (options.Tls is not null) options.HandshakeTimeout = TimeSpan.FromMinutes(1);
        if (place.Network == Network.Unix)
        {
            var unix = new UnixStreamServer(handler, place.Path, options);
            await unix.StartServingAsync().Within();
            return new OurServer(unix);
        }

        var tcp = new StreamServer(handler, "127.0.0.1", place.Port, options);
        await tcp.StartServingAsync().Within();
        place.Port = ((IPEndPoint)tcp.EndPoints[0]).Port;
        return new OurServer(tcp);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
