using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>The stream of a handler at a path of a web application, with the BCL's WebSocket at the other end.</summary>
public sealed class WebSocketServerConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var handler = new HandOutHandler(options);
        WebApplication app = await WebApps.StartAsync(
            services => services.AddSingleton(handler), app => app.MapStreamHandler<HandOutHandler>("/stream"));
        Peer peer = await app.ConnectWebSocketAsync();
        return new Pair(await handler.Stream.Within(), peer, ReleaseAsync);

        async Task ReleaseAsync()
        {
            handler.Done();
            await app.DisposeAsync();
        }
    }
}

/// <summary>The stream that a client has, with the WebSocket of a plain ASP.NET Core application at the other end.</summary>
public sealed class WebSocketClientConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    protected override bool TakesAllOptions => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var accepted = new TaskCompletionSource<Peer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplication app = await WebApps.StartAsync(static _ => { }, Map);
        var stream = await StreamClient.ConnectWebSocketAsync(
            new Uri($"ws://127.0.0.1:{app.PortOf()}/stream"),
            new StreamClientOptions { Limit = options?.Limit ?? ConnectionStream.DefaultLimit });
        return new Pair(stream, await accepted.Task.Within(), ReleaseAsync);

        void Map(WebApplication app)
        {
            app.UseWebSockets();
            app.Run(AcceptAsync);
        }

        async Task AcceptAsync(HttpContext http)
        {
            using WebSocket socket = await http.WebSockets.AcceptWebSocketAsync();
            accepted.SetResult(new WebSocketPeer(socket, Leave, () => Drop(http)));
            await done.Task;
        }

        void Leave() => done.TrySetResult();

        // A request that is over cannot be aborted any more.
        void Drop(HttpContext http)
        {
            if (!done.Task.IsCompleted)
                http.Abort();
        }

        async Task ReleaseAsync()
        {
            Leave();
            await app.DisposeAsync();
        }
    }
}

/// <summary>The stream of a handler that the framework's own MapConnectionHandler serves, which knows pipes only.</summary>
public sealed class MapConnectionHandlerConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    /// <summary>The framework takes a WebSocket that is cut for one that has ended, and tells nobody.</summary>
    protected override bool SeesReset => false;

    /// <summary>It answers the peer's Close frame on its own.</summary>
    protected override bool OutlivesTheEndOfThePeer => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var handler = new HandOutHandler(options);
        WebApplication app = await WebApps.StartAsync(
            services => services.AddSingleton(handler).AddConnections(), app => app.MapConnectionHandler<HandOutHandler>("/stream"));
        Peer peer = await app.ConnectWebSocketAsync();
        return new Pair(await handler.Stream.Within(), peer, ReleaseAsync);

        async Task ReleaseAsync()
        {
            handler.Done();
            await app.DisposeAsync();
        }
    }
}
