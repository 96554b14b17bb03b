using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A generic host with stream servers, as a worker has it: no web part, and no configuration but what the test gives.</summary>
internal sealed class HostRun : IAsyncDisposable
{
    private readonly IHost _host;

    private HostRun(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public static HostRun Of(LogCapture log, Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        configure(builder.Services);
        return new HostRun(builder.Build());
    }

    public static async Task<HostRun> StartAsync(LogCapture log, Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var run = Of(log, configure, settings);
        await run.StartAsync();
        return run;
    }

    public Task StartAsync() => _host.StartAsync(CancellationToken.None).Within();

    public Task<int> RunWithExitCodeAsync() => _host.RunWithExitCodeAsync(CancellationToken.None);

    public StreamServerBase Server(string name) => Services.GetRequiredKeyedService<StreamServerBase>(name);

    public Task<ConnectionStream> ConnectAsync(string name, StreamClientOptions? options = null, int endPoint = 0) =>
        StreamClient.ConnectAsync(Server(name).EndPoints[endPoint], options, CancellationToken.None).Within();

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken).Within();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None).Within();
        await ((IAsyncDisposable)_host).DisposeAsync().AsTask().Within();
    }
}
