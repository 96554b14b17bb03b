using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A web application on Kestrel, and the raw client of one WebSocket of it.</summary>
internal static class WebApps
{
    public static async Task<WebApplication> StartAsync(Action<IServiceCollection> addServices, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        addServices(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    public static int PortOf(this WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public static async Task<Peer> ConnectWebSocketAsync(this WebApplication app)
    {
        Socket socket = await ConnectedSockets.ConnectToAsync(new IPEndPoint(IPAddress.Loopback, app.PortOf()));
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<System.IO.Stream>(new NetworkStream(socket, ownsSocket: true)),
        };
        using var invoker = new HttpMessageInvoker(handler);
        var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{app.PortOf()}/stream"), invoker, CancellationToken.None);
        return new WebSocketPeer(client, socket.Close, Drop);

        void Drop()
        {
            if (socket.SafeHandle.IsClosed)
                return;
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
    }
}
