using Microsoft.Extensions.Hosting;

namespace Kestrel.Streams;

/// <summary>The servers as a part of the host: they start and stop with it.</summary>
internal sealed class StreamServersService(StreamServers servers) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => servers.StartAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Before anything of the host stops, so that its health endpoint can still tell.
    public Task StoppingAsync(CancellationToken cancellationToken) => servers.DrainAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => servers.StopAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
