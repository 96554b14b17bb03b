using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>
/// Whether a load balancer should send users here. A node that is cut off is ready: when the broker is away all are, and none would be. What its
/// users say then waits and is shown to nobody, themselves included, until it hears of the others again.
/// </summary>
internal sealed class ChatHealth(ChatRooms rooms, ChatBackplane backplane) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !rooms.IsOpen ? HealthCheckResult.Unhealthy("The node is drained.")
        : backplane.Trouble is { } trouble ? HealthCheckResult.Degraded($"The node is cut off from the others: {trouble}.")
        : HealthCheckResult.Healthy("The node takes users."));
}
