using System.Net;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>One handler, two servers: over TCP and over a Unix socket. They start and stop with the host.</summary>
internal sealed class EchoServers : IHostedService, IAsyncDisposable
{
    private readonly StreamServer _tcp;
    private readonly UnixStreamServer _unix;

    public EchoServers(Func<ConnectionStream, Task> handler, HostSettings settings, ILoggerFactory loggerFactory)
    {
        var options = new StreamServerOptions { ShutdownTimeout = TimeSpan.FromSeconds(1), LoggerFactory = loggerFactory };
        _tcp = new StreamServer(handler, HostSettings.EchoHost, settings.EchoPort, options);
        _unix = new UnixStreamServer(handler, settings.UnixPath, options);
        (TcpEndPoint, UnixPath) = (new IPEndPoint(IPAddress.Loopback, settings.EchoPort), settings.UnixPath);
    }

    /// <summary>Where TCP listens: the real port once it has started, also when the setting was 0.</summary>
    public IPEndPoint TcpEndPoint { get; private set; }

    public string UnixPath { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await StartupTrouble.ExplainAsync(_tcp.StartServingAsync(cancellationToken), $"TCP {TcpEndPoint}", "port with --Echo:Port <number>");
        await StartupTrouble.ExplainAsync(_unix.StartServingAsync(cancellationToken), $"Unix socket {UnixPath}", "path with --Echo:UnixPath <path>");
        TcpEndPoint = (IPEndPoint)_tcp.EndPoints[0];
    }

    // Closing has its own limit, the ShutdownTimeout above, and the socket file must go in any case: so no token.
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_tcp.CloseAsync(CancellationToken.None), _unix.CloseAsync(CancellationToken.None));

    public ValueTask DisposeAsync() => new(StopAsync(CancellationToken.None));
}
