using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>The servers of a host: made, bound, started and closed together, with all that is wrong reported at once.</summary>
internal sealed class StreamServers(
    IEnumerable<StreamServerRegistration> registrations, IOptionsMonitor<StreamServerOptions> options, IServiceProvider services,
    ILoggerFactory loggerFactory, IOptions<HostOptions> host, IConfiguration? configuration = null) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Dictionary<string, HostedStreamServer>? _servers;

    /// <summary>The servers, by name.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong with them; its failures have a line for each fault.</exception>
    public IReadOnlyDictionary<string, HostedStreamServer> All
    {
        get
        {
            lock (_gate) return _servers ??= Make();
        }
    }

    /// <summary>Binds every address of every server.</summary>
    /// <exception cref="IOException">One of them cannot be bound; an <see cref="AggregateException"/> when there are several. Nothing is bound then.</exception>
    public Task BindAsync(CancellationToken cancellationToken) => ForAllAsync(server => server.BindAsync(cancellationToken));

    /// <summary>Binds what is not bound yet, and accepts connections.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Nobody is to be served while another server cannot start.
        await BindAsync(cancellationToken).ConfigureAwait(false);
        await ForAllAsync(server => server.StartServingAsync(cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Tells that the end comes, and waits for those who look for it.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => Task.WhenAll(Made.Select(server => server.DrainAsync(cancellationToken)));

    /// <summary>Closes all servers; the token cuts what is still there.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(Made.Select(server => server.CloseAsync(cancellationToken)));

    public ValueTask DisposeAsync() => new(StopAsync(CancellationToken.None));

    /// <summary>Those that there are: none when they could not be made.</summary>
    private IEnumerable<HostedStreamServer> Made
    {
        get
        {
            lock (_gate) return _servers?.Values ?? Enumerable.Empty<HostedStreamServer>();
        }
    }

    private async Task ForAllAsync(Func<HostedStreamServer, Task> step)
    {
        var all = Task.WhenAll(All.Values.Select(step));
        try
        {
            await all.ConfigureAwait(false);
        }
        catch (Exception)
        {
            foreach (var server in All.Values) await server.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            if (all.Exception?.Flatten() is { InnerExceptions.Count: > 1 } several) throw several;
            throw;
        }
    }

    private Dictionary<string, HostedStreamServer> Make()
    {
        var faults = new List<string>();
        var servers = new Dictionary<string, HostedStreamServer>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            var mine = options.Get(registration.Name).Copy();
            mine.Name = registration.Name;
            mine.LoggerFactory ??= loggerFactory;
            var before = faults.Count;
            faults.AddRange(mine.Faults);
            var endpoints = HostedEndpoints.Of(mine, StreamServerSettings.SectionOf(registration.Name), faults);
            if (mine.DrainDelay > TimeSpan.Zero && mine.DrainDelay >= host.Value.ShutdownTimeout)
            {
                faults.Add(
                    $"{StreamServerSettings.SectionOf(registration.Name)}:DrainDelay is '{mine.DrainDelay:c}': the host gives its stop {host.Value.ShutdownTimeout:c} "
                    + "in all, allow it more with HostOptions.ShutdownTimeout.");
            }

            if (faults.Count == before)
                servers.Add(registration.Name, new HostedStreamServer(registration.ClientConnected(services), mine, endpoints));
        }

        StreamServerSettings.TellUnknownServers(configuration, [.. registrations.Select(static registration => registration.Name)], faults);
        // One fault is one line, whatever is quoted in it.
        return faults.Count == 0 ? servers : throw new OptionsValidationException(StreamServerSettings.Servers, typeof(StreamServerOptions), faults.ConvertAll(PrintableText.Of));
    }
}
