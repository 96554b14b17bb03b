using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>Our listener in a Kestrel with connection middleware before the handler.</summary>
internal sealed class OwnListener : IMiddlewareServer
{
    private readonly KestrelServer _kestrel;
    private readonly EndPoint _endPoint;

    private OwnListener(KestrelServer kestrel, EndPoint endPoint)
    {
        _kestrel = kestrel;
        _endPoint = endPoint;
    }

    public static async Task<OwnListener> StartAsync(
        Func<ConnectionStream, CancellationToken, Task> serve, LogCapture log, Func<ConnectionDelegate, ConnectionDelegate> middleware)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var bound = new BoundSocket(socket, socket.LocalEndPoint!, new EndpointTerms("", Tls: null));
        var options = new KestrelServerOptions { ApplicationServices = new ServiceCollection().AddSingleton(log.Factory).BuildServiceProvider() };
        options.Listen(new BoundEndPoint(bound), listen =>
        {
            listen.Use(middleware);
            listen.Run(new DelegateHandler(serve).OnConnectedAsync);
        });
        var listening = new SocketListenerFactory(new StreamServerOptions(), new ConnectionGate(null, null), "", log.CreateLogger("listener"));
        var kestrel = new KestrelServer(Options.Create(options), listening, log.Factory);
        await kestrel.StartAsync(new NoHttp(), CancellationToken.None).Within();
        return new OwnListener(kestrel, bound.EndPoint);
    }

    public Task<ConnectionStream> ConnectAsync() => StreamClient.ConnectAsync(_endPoint).Within();

    public Task StopAsync() => _kestrel.StopAsync(CancellationToken.None).Within();

    public async ValueTask DisposeAsync()
    {
        // Cancelled: whoever is still connected is aborted.
        await _kestrel.StopAsync(new CancellationToken(canceled: true)).Within();
        _kestrel.Dispose();
    }

    private sealed class NoHttp : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }

        public Task ProcessRequestAsync(IFeatureCollection context) => Task.CompletedTask;
    }
}
