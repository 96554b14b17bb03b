using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The stream of a handler on a web application's own Kestrel, which knows pipes only.</summary>
public sealed class StockKestrelConformance : StreamConformance
{
    protected override bool CanHalfClose => false;

    /// <summary>Completing the output closes both ways at once: what the peer still says then makes the kernel reset the connection.</summary>
    protected override bool Lingers => false;

    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var handler = new HandOutHandler(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(handler);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<HandOutHandler>()));
        WebApplication app = builder.Build();
        await app.StartAsync();

        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Socket socket = await ConnectedSockets.ConnectToAsync(new IPEndPoint(IPAddress.Loopback, address.Port));
        return new Pair(await handler.Stream.Within(), new SocketPeer(socket), ReleaseAsync);

        async Task ReleaseAsync()
        {
            handler.Done();
            await app.DisposeAsync();
        }
    }
}
