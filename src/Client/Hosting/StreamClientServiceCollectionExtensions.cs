using Kestrel.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers stream clients with a host.</summary>
public static class StreamClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers a client by a name, to be connected with <see cref="IStreamClientFactory.ConnectAsync"/>. Its options come from the code and
    /// from the configuration, section <c>Streams:Clients:{name}</c>, which goes before the code.
    /// </summary>
    /// <param name="services">The services of the host. It needs no ASP.NET Core.</param>
    /// <param name="name">The name; no colon, which parts the keys of configuration. Again with the same name adds to its options.</param>
    /// <param name="configure">
    /// The options where the configuration does not say otherwise; null where it says all. <see cref="StreamClientOptions.Retry"/> is
    /// <c>new()</c> here at first. They are options of that name: <c>services.AddOptions&lt;StreamClientOptions&gt;(name).Configure(...)</c>
    /// with services works as well.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// When the host starts, and at the first connect where there is none, the options of all clients are checked, and every fault, also a key
    /// that is not known, is a line of one <see cref="OptionsValidationException"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// <paramref name="name"/> is empty or has a colon (or is null, or <paramref name="services"/> are: <see cref="ArgumentNullException"/>).
    /// </exception>
    public static IServiceCollection AddStreamClient(this IServiceCollection services, string name, Action<StreamClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException($"The name is '{name}': a colon parts the keys of configuration, use another character.", nameof(name));

        services.TryAddSingleton<IStreamClientFactory, StreamClientFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StreamClientNames>, StreamClientNames.Check>());
        services.AddOptions<StreamClientNames>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<StreamClientNames>>(new StreamClientNames.Registration(name));
        services.AddSingleton<IPostConfigureOptions<StreamClientOptions>>(
            provider => new StreamClientSettings(name, provider.GetService<IConfiguration>()));
        return services.Configure<StreamClientOptions>(name, options =>
        {
            options.Retry ??= new();
            configure?.Invoke(options);
        });
    }
}
