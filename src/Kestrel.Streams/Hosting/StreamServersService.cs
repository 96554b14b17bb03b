using Microsoft.Extensions.Hosting;

namespace Kestrel.Streams;

/// <summary>The servers as a part of the host: they start and stop with it.</summary>
internal sealed class StreamServersService(StreamServers servers) : IHostedLifecycleService
{
    private Task _closing = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => servers.StartAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Before anything of the host stops, so that its health endpoint can still tell.
        await servers.DrainAsync(cancellationToken).ConfigureAwait(false);
        // Awaited in StopAsync: the host stops its services one after another, and a request that hangs may take all of the time.
        _closing = servers.StopAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_closing, servers.StopAsync(cancellationToken));

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
