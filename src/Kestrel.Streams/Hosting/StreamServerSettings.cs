using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>What the configuration says about one server.</summary>
internal sealed class StreamServerSettings(string name, IConfiguration? configuration) : IConfigureNamedOptions<StreamServerOptions>
{
    /// <summary>The section of all servers.</summary>
    public const string Servers = "Streams:Servers";

    public void Configure(StreamServerOptions options)
    {
    }

    public void Configure(string? name1, StreamServerOptions options)
    {
        _ = (name, configuration);
    }
}
