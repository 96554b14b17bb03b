using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kestrel.Streams;

/// <summary>Whether a server of <c>AddStreamServer</c> should get more to do.</summary>
internal sealed class StreamServerHealthCheck(string name, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (services.GetKeyedService<StreamServerBase>(name) is not HostedStreamServer server)
            throw new InvalidOperationException($"There is no stream server '{name}' to check: add it with AddStreamServer(\"{name}\", ...).");
        return Task.FromResult(Check(server, context.Registration.FailureStatus));
    }

    private static HealthCheckResult Check(HostedStreamServer server, HealthStatus failure)
    {
        var (count, max) = (server.ConnectionCount, server.MaxConnections);
        var endpoints = server.EndPoints.Select(static endPoint => endPoint.ToString()!).ToArray();
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["connections"] = count, ["endpoints"] = endpoints };
        if (max is { } limit) data["max"] = limit;

        if (!server.IsBound) return new HealthCheckResult(failure, $"The server {server.Name} is not bound.", data: data);
        if (!server.IsServing) return new HealthCheckResult(failure, $"The server {server.Name} is bound and does not accept connections.", data: data);
        if (server.IsDraining) return new HealthCheckResult(failure, $"The server {server.Name} is draining: the host stops.", data: data);
        if (count >= max) return HealthCheckResult.Degraded($"The server {server.Name} is full: it has its {max} connections (MaxConnections).", data: data);
        return HealthCheckResult.Healthy($"The server {server.Name} accepts connections.", data);
    }
}
