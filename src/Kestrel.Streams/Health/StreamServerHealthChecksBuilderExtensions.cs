using Kestrel.Streams;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the health of a host tell that of its stream servers. asyncio has none.</summary>
public static class StreamServerHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of a server of <c>AddStreamServer</c>. It is healthy while it accepts connections; degraded while it is full, that is, has
    /// its <see cref="StreamServerOptions.MaxConnections"/>: it serves these well; and fails while it is not bound, does not accept, or drains:
    /// from the first sign that the host stops, before the <see cref="StreamServerOptions.DrainDelay"/>, so that a load balancer turns away first.
    /// </summary>
    /// <remarks>
    /// The data of the result are <c>connections</c>, <c>max</c> where there is a limit, and <c>endpoints</c>. By default the framework answers
    /// 200 for degraded: a load balancer that is to turn away from a full server takes another status code for it
    /// (<c>HealthCheckOptions.ResultStatusCodes</c>).
    /// </remarks>
    /// <param name="builder">The health checks of the host.</param>
    /// <param name="name">The name of the server, which is that of the check too.</param>
    /// <param name="failureStatus">What a failure is; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">The tags of the check; null for none.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static IHealthChecksBuilder AddStreamServerCheck(
        this IHealthChecksBuilder builder, string name, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return builder.Add(new HealthCheckRegistration(name, services => new StreamServerHealthCheck(name, services), failureStatus, tags));
    }
}
