using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Kestrel.Streams.Samples.RespServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kestrel.Streams.Tests;

/// <summary>The sessions of sample/RespServer in this process, over sockets, with a clock that the test moves.</summary>
internal sealed class RespHost : IAsyncDisposable
{
    private readonly ConcurrentQueue<Exception> _failures = [];
    private readonly StreamServer _server;

    private RespHost()
    {
        Store = new Store(Time);
        _server = new StreamServer(ServeAsync, "127.0.0.1", options: new StreamServerOptions { LoggerFactory = NullLoggerFactory.Instance });
    }

    public ManualTime Time { get; } = new();

    public Store Store { get; }

    public Channels Channels { get; } = new();

    public static async Task<RespHost> StartAsync()
    {
        var host = new RespHost();
        await host._server.StartServingAsync().Within();
        return host;
    }

    public async Task<RespClient> ConnectAsync()
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync((IPEndPoint)_server.EndPoints[0]).Within();
        return new RespClient(socket);
    }

    /// <summary>What a client that sends this and then ends is told.</summary>
    public async Task<string> AskAsync(string commands)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(commands);
        client.EndSending();
        return await client.ReadToEndAsync();
    }

    /// <summary>Ends it, and fails where a session has failed by anything but the loss of its connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.AbortAsync().Within();
        Assert.Empty(_failures);
    }

    private async Task ServeAsync(ConnectionStream stream)
    {
        try
        {
            await new RespSession(stream, Store, Channels).RunAsync();
        }
        catch (Exception error)
        {
            if (error is not IOException and not ObjectDisposedException) _failures.Enqueue(error);
            throw;
        }
    }
}
