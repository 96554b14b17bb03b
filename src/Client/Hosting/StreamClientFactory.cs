using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>The one <see cref="IStreamClientFactory"/> of a host.</summary>
internal sealed class StreamClientFactory(
    IOptions<StreamClientNames> names, IOptionsMonitor<StreamClientOptions> clients, ILoggerFactory? loggerFactory = null) : IStreamClientFactory
{
    private readonly ILogger? _logger = loggerFactory?.CreateLogger(ClientLog.Category);

    public Task<ConnectionStream> ConnectAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!names.Value.Contains(name))
        {
            throw new ArgumentException(
                $"There is no stream client '{name}', but {names.Value}: register it with services.AddStreamClient(\"{name}\", ...).", nameof(name));
        }

        var options = clients.Get(name);
        return StreamClient.ConnectAsync(ClientAddress.Parse(options.Url!, nameof(name)), options, _logger, cancellationToken);
    }
}
