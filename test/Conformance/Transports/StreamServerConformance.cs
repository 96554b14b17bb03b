using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public sealed class StreamServerConformance : StreamConformance
{
    protected override bool TakesAllOptions => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var given = new TaskCompletionSource<ConnectionStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource();
        var server = new StreamServer(HandOutAsync, "127.0.0.1", options: OwnServers.Options(options));
        await server.StartServingAsync();
        Socket socket = await ConnectedSockets.ConnectToAsync((IPEndPoint)server.EndPoints[0]);
        return new Pair(await given.Task.Within(), new SocketPeer(socket), ReleaseAsync);

        Task HandOutAsync(ConnectionStream stream)
        {
            given.SetResult(stream);
            return done.Task;
        }

        async Task ReleaseAsync()
        {
            done.SetResult();
            await server.DisposeAsync();
        }
    }
}

public sealed class UnixStreamServerConformance : UnixConformance
{
    protected override bool TakesAllOptions => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var given = new TaskCompletionSource<ConnectionStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource();
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString());
        var server = new UnixStreamServer(HandOutAsync, path, OwnServers.Options(options));
        await server.StartServingAsync();
        Socket socket = await ConnectedSockets.ConnectToAsync(new UnixDomainSocketEndPoint(path));
        return new Pair(await given.Task.Within(), new SocketPeer(socket), ReleaseAsync);

        Task HandOutAsync(ConnectionStream stream)
        {
            given.SetResult(stream);
            return done.Task;
        }

        async Task ReleaseAsync()
        {
            done.SetResult();
            await server.DisposeAsync();
        }
    }
}

internal static class OwnServers
{
    public static StreamServerOptions Options(ConnectionStreamOptions? options) =>
        new() { Limit = options?.Limit ?? ConnectionStream.DefaultLimit, ShutdownTimeout = TimeSpan.FromSeconds(5) };
}
