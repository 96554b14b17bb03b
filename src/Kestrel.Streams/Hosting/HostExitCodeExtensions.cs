using Kestrel.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a host whose faults are told to people. asyncio has none.</summary>
public static class HostExitCodeExtensions
{
    /// <summary>
    /// Runs the host until it stops. What is wrong in its configuration, and each address of its stream servers that cannot be bound, is a
    /// line on standard error instead of a stack trace, and the exit code is 1. So is an address of the web app, of which the host's own log
    /// (<c>Microsoft.Extensions.Hosting.Internal.Host</c>) tells in addition.
    /// </summary>
    /// <remarks><c>return await app.RunWithExitCodeAsync();</c> is the last line of a program. The host is disposed at the end.</remarks>
    /// <param name="host">The host: a web app or any other.</param>
    /// <param name="cancellationToken">Stops the host.</param>
    /// <returns>The exit code for the program: 0, or 1 when the host could not start for such a fault. Every other exception is thrown.</returns>
    public static async Task<int> RunWithExitCodeAsync(this IHost host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        try
        {
            var faults = new List<string>();
            // Before the host starts, which would write the exception into its log as well.
            await TryAsync(faults, () =>
            {
                host.Services.GetService<IStartupValidator>()?.Validate();
                return Task.CompletedTask;
            }).ConfigureAwait(false);
            await TryAsync(faults, () => host.Services.GetService<StreamServers>()?.BindAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            if (faults.Count == 0) await TryAsync(faults, () => host.StartAsync(cancellationToken)).ConfigureAwait(false);
            foreach (var fault in faults) await Console.Error.WriteLineAsync(fault).ConfigureAwait(false);
            if (faults.Count > 0) return 1;
            await host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }
        finally
        {
            if (host is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
            else host.Dispose();
        }
    }

    private static async Task TryAsync(List<string> faults, Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e) when (LinesOf(e) is { Count: > 0 } lines)
        {
            faults.AddRange(lines);
        }
    }

    /// <summary>The lines for people; none for what is a fault of the program.</summary>
    private static List<string> LinesOf(Exception error) => error switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        EndpointException or IOException { InnerException: AddressInUseException } => [error.Message.ReplaceLineEndings(" ")],
        AggregateException { InnerExceptions: var several } when several.Select(LinesOf).ToList() is var lines && !lines.Exists(static one => one.Count == 0) =>
            [.. lines.SelectMany(static one => one)],
        _ => [],
    };
}
