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
        IReadOnlyList<BoundSocket> sockets, int backlog, ConnectionDelegate serve, ServerLog log, CancellationToken cancellationToken)
    {
        // Some of Kestrel's extensions ask for services; ours need none.
        var services = new ServiceCollection().AddSingleton(log.Factory).BuildServiceProvider();
        var options = new KestrelServerOptions { ApplicationServices = services };
        foreach (var socket in sockets) options.Listen(new BoundEndPoint(socket), listen => listen.Run(connection => serve(connection)));
        var kestrel = new KestrelServer(Options.Create(options), new SocketListenerFactory(backlog, log.Logger), log.Factory);
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
        RunningHandlers running, string handler, TimeSpan grace, TimeSpan secondWait, CancellationToken cancellationToken)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (grace == TimeSpan.Zero) await cut.CancelAsync().ConfigureAwait(false);
        else if (grace != Timeout.InfiniteTimeSpan) cut.CancelAfter(grace);

        // Kestrel asks all connections to close and waits for them, until the token fires; then it aborts them and waits a second more.
        var runningAtFirst = running.Count;
        var stop = _kestrel.StopAsync(cut.Token);
        await Task.WhenAny(stop, WhenCancelledAsync(cut.Token)).ConfigureAwait(false);
        var left = running.Count;
        if (!stop.IsCompleted)
        {
            var wait = secondWait == Timeout.InfiniteTimeSpan || secondWait > _longestSecondWait ? _longestSecondWait : secondWait;
            if (!await running.WaitForNoneAsync(wait, CancellationToken.None).ConfigureAwait(false))
            {
                foreach (var stream in running.Streams)
                    _log.HandlerIgnoresStop(handler, stream.Id, stream.Peer(), wait.TotalSeconds);
            }
        }

        _log.ServerClosed(runningAtFirst - left, runningAtFirst, left);
        _ = DisposeWhenStoppedAsync(stop);
    }

    private static Task WhenCancelledAsync(CancellationToken token) =>
        Task.Delay(Timeout.InfiniteTimeSpan, token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private async Task DisposeWhenStoppedAsync(Task stop)
    {
        await stop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
