using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>One serving period of a server: a Kestrel of its own, which accepts, dispatches, tracks and stops the connections.</summary>
internal sealed class StreamListener
{
    private static readonly TimeSpan _longestSecondWait = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _kestrel;
    private readonly ServiceProvider _services;
    private readonly ILogger _log;

    private StreamListener(KestrelServer kestrel, ServiceProvider services, ILogger log)
    {
        _kestrel = kestrel;
        _services = services;
        _log = log;
    }

    public static async Task<StreamListener> StartAsync(
        IReadOnlyList<BoundSocket> sockets, SocketListenerFactory listening, ConnectionDelegate serve, ServerLog log, CancellationToken cancellationToken)
    {
        // Some of Kestrel's extensions ask for services; ours need none.
        var services = new ServiceCollection().AddSingleton(log.Factory).BuildServiceProvider();
        var options = new KestrelServerOptions { ApplicationServices = services };
        foreach (var socket in sockets) options.Listen(new BoundEndPoint(socket), listen => listen.Run(connection => serve(connection)));
        var kestrel = new KestrelServer(Options.Create(options), listening, log.Factory);
        try
        {
            await kestrel.StartAsync(new NoHttp(), cancellationToken).ConfigureAwait(false);
            return new StreamListener(kestrel, services, log.Logger);
        }
        catch (Exception)
        {
            kestrel.Dispose();
            await services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Accepts no more, lets the handlers finish for a while, aborts the rest, waits for these once more, and always ends.</summary>
    public async Task StopAsync(
        RunningConnections running, string server, string handler, TimeSpan grace, TimeSpan secondWait, CancellationToken cancellationToken)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var cutCount = 0;
        var start = Stopwatch.GetTimestamp();
        // What is accepted before the listeners are closed is served too.
        var before = running.Total - running.Count;
        await using var counting = cut.Token.UnsafeRegister(_ => cutCount = running.Count, null).ConfigureAwait(false);
        if (grace != Timeout.InfiniteTimeSpan) cut.CancelAfter(grace);

        // Kestrel asks all connections to close and waits for them, until the token fires; then it aborts them and waits at most a second
        // more. So this ends, and only then is every connection that was accepted among the running or done.
        await _kestrel.StopAsync(cut.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var finished = running.Total - before - cutCount;
        if (running.Count > 0)
        {
            var wait = secondWait == Timeout.InfiniteTimeSpan || secondWait > _longestSecondWait ? _longestSecondWait : secondWait;
            if (!await running.WaitForNoneAsync(wait, CancellationToken.None).ConfigureAwait(false))
            {
                foreach (var connection in running)
                {
                    _log.HandlerIgnoresStop(handler, connection.Stream.Id, connection.Stream.Peer());
                    running.Remove(connection);
                }
            }
        }

        StreamMeter.Drained(server, Stopwatch.GetElapsedTime(start), finished, cutCount);
        _log.ServerClosed(server, finished, cutCount);
        _kestrel.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Kestrel wants an HTTP application; the connections of this one never get to it.</summary>
    private sealed class NoHttp : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }

        public Task ProcessRequestAsync(IFeatureCollection context) => Task.CompletedTask;
    }
}
