using Microsoft.Extensions.Configuration;

namespace Kestrel.Streams.Tests;

/// <summary>Configuration out of lines like <c>mail:Url=tcp://localhost:25</c>, below the section of the clients.</summary>
internal static class Settings
{
    public static IConfigurationRoot Of(IEnumerable<string> lines) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(lines.Select(line => line.Split('=', 2)).Select(pair => KeyValuePair.Create($"Streams:Clients:{pair[0]}", (string?)pair[1])))
            .Build();
}
