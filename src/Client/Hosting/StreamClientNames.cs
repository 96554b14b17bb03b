using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>The names of the clients of a host. As options they are validated at its start, and at the first use where there is no host.</summary>
internal sealed class StreamClientNames
{
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

    public bool Contains(string name) => _names.Contains(name);

    public override string ToString() => string.Join(", ", _names.Select(name => $"'{name}'"));

    /// <summary>Tells the faults of all clients at once, and every client that is configured and not registered.</summary>
    public sealed class Check(IOptionsMonitor<StreamClientOptions> clients, IConfiguration? configuration = null) : IValidateOptions<StreamClientNames>
    {
        public ValidateOptionsResult Validate(string? name, StreamClientNames options)
        {
            List<string> faults = [];
            foreach (var client in options._names)
            {
                try
                {
                    clients.Get(client);
                }
                catch (OptionsValidationException invalid)
                {
                    faults.AddRange(invalid.Failures);
                }
            }

            new SettingsReader(configuration, StreamClientSettings.Path, faults).TellOtherKeys(options._names);
            return faults is [] ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }

    /// <summary>Adds a name.</summary>
    public sealed class Registration(string client) : IConfigureOptions<StreamClientNames>
    {
        public void Configure(StreamClientNames options) => options._names.Add(client);
    }
}
