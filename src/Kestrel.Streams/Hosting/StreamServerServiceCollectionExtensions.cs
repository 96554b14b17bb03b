using System.Diagnostics.CodeAnalysis;
using Kestrel.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers stream servers that start and stop with the host. asyncio has none: <c>start_server</c> in <c>main</c> there.</summary>
public static class StreamServerServiceCollectionExtensions
{
    /// <summary>
    /// Adds a stream server to the host, a web app or any other. It runs on a Kestrel of its own, beside the app's URLs and without touching
    /// them.
    /// </summary>
    /// <remarks>
    /// <para>Where it listens and what its limits are comes from <paramref name="configure"/>, and from the configuration section
    /// <c>Streams:Servers:{name}</c>, which goes before it. All that is wrong is reported at the start in one
    /// <see cref="OptionsValidationException"/>, with a line for each fault.</para>
    /// <para>The server itself is the keyed service <see cref="StreamServerBase"/> of that name, for the ports that were chosen for instance.</para>
    /// </remarks>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the server: in the configuration, in logs, metrics and traces.</param>
    /// <param name="configure">Sets the options; null for those of the configuration alone.</param>
    /// <param name="clientConnected">
    /// Serves one connection; its stream is closed when this returns, and aborted when it throws. The token fires when the host stops.
    /// </param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">The name is empty, or there is a server of that name already.</exception>
    public static IServiceCollection AddStreamServer(
        this IServiceCollection services, string name, Action<StreamServerOptions>? configure, Func<ConnectionStream, CancellationToken, Task> clientConnected)
    {
        var serve = ClientConnected.Of(clientConnected);
        return Add(services, name, configure, _ => serve);
    }

    /// <summary>Adds a stream server whose options are those of the configuration alone.</summary>
    /// <inheritdoc cref="AddStreamServer(IServiceCollection, string, Action{StreamServerOptions}?, Func{ConnectionStream, CancellationToken, Task})" path="/*[not(self::summary or self::param)]"/>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the server: in the configuration, in logs, metrics and traces.</param>
    /// <param name="clientConnected">
    /// Serves one connection; its stream is closed when this returns, and aborted when it throws. The token fires when the host stops.
    /// </param>
    public static IServiceCollection AddStreamServer(
        this IServiceCollection services, string name, Func<ConnectionStream, CancellationToken, Task> clientConnected) =>
        services.AddStreamServer(name, configure: null, clientConnected);

    /// <summary>Adds a stream server whose callback has the services of a scope of its own for each connection.</summary>
    /// <inheritdoc cref="AddStreamServer(IServiceCollection, string, Action{StreamServerOptions}?, Func{ConnectionStream, CancellationToken, Task})" path="/*[not(self::summary)]"/>
    public static IServiceCollection AddStreamServer(
        this IServiceCollection services, string name, Action<StreamServerOptions>? configure,
        Func<ConnectionStream, IServiceProvider, CancellationToken, Task> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(clientConnected);
        return Add(services, name, configure, provider => ScopedHandler.Of(clientConnected, provider.GetRequiredService<IServiceScopeFactory>()));
    }

    /// <summary>Adds a stream server with a handler of its own for each connection, out of a scope of its own.</summary>
    /// <inheritdoc cref="AddStreamServer(IServiceCollection, string, Action{StreamServerOptions}?, Func{ConnectionStream, CancellationToken, Task})" path="/*[not(self::summary or self::param)]"/>
    /// <typeparam name="THandler">
    /// The handler: the one that is registered as a service, or one whose constructor is given services, and which is disposed when its
    /// connection is over.
    /// </typeparam>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the server: in the configuration, in logs, metrics and traces.</param>
    /// <param name="configure">Sets the options; null for those of the configuration alone.</param>
    public static IServiceCollection AddStreamServer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, string name, Action<StreamServerOptions>? configure = null)
        where THandler : StreamHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, name, configure, static provider => ScopedHandler.Of<THandler>(provider.GetRequiredService<IServiceScopeFactory>()));
    }

    private static IServiceCollection Add(
        IServiceCollection services, string name, Action<StreamServerOptions>? configure, Func<IServiceProvider, ClientConnected> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (services.Any(service => service.ServiceType == typeof(StreamServerRegistration) && ((StreamServerRegistration)service.ImplementationInstance!).Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            throw new ArgumentException($"There is a stream server '{name}' already: give each a name of its own.", nameof(name));

        services.AddLogging();
        services.AddOptions();
        services.AddSingleton(new StreamServerRegistration(name, clientConnected));
        if (configure is not null) services.Configure(name, configure);
        services.AddSingleton<IConfigureOptions<StreamServerOptions>>(provider =>
            new StreamServerSettings(name, provider.GetService<IConfiguration>(), provider.GetService<IHostEnvironment>()?.ContentRootPath));
        services.TryAddSingleton<StreamServers>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StreamServersService>());
        services.AddKeyedSingleton<StreamServerBase>(name, static (provider, key) => provider.GetRequiredService<StreamServers>().All[(string)key!]);
        return services;
    }
}
