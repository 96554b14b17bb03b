using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A web application whose own Kestrel serves a stream handler, on TCP or on a Unix socket.</summary>
internal sealed class StockKestrel : IMiddlewareServer
{
    private readonly TempDirectory _directory = new();
    private readonly WebApplication _app;
    private readonly bool _unix;

    private StockKestrel(bool unix, DelegateHandler handler, Action<ListenOptions> configure, LogCapture log)
    {
        _unix = unix;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        // The framework makes one handler for all connections, or takes the one that is registered.
        builder.Services.AddSingleton(handler);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (unix) kestrel.ListenUnixSocket(_directory["s"], Serve);
            else kestrel.Listen(IPAddress.Loopback, 0, Serve);
        });
        _app = builder.Build();

        void Serve(ListenOptions listen)
        {
            configure(listen);
            listen.UseConnectionHandler<DelegateHandler>();
        }
    }

    public static async Task<StockKestrel> StartAsync(
        bool unix, Func<ConnectionStream, CancellationToken, Task> serve, LogCapture log, Action<ListenOptions>? configure = null)
    {
        var kestrel = new StockKestrel(unix, new DelegateHandler(serve), configure ?? (static _ => { }), log);
        await kestrel._app.StartAsync().Within();
        return kestrel;
    }

    public Task<ConnectionStream> ConnectAsync()
    {
        if (_unix) return StreamClient.ConnectUnixAsync(_directory["s"]).Within();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return StreamClient.ConnectAsync("127.0.0.1", new Uri(address).Port).Within();
    }

    public Task StopAsync() => _app.StopAsync().Within();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().Within();
        _directory.Dispose();
    }
}
