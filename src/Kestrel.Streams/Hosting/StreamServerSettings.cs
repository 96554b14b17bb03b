using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>What the configuration says about one server. It goes before what the code has set.</summary>
internal sealed class StreamServerSettings(string server, IConfiguration? configuration, string? contentRoot) : IConfigureNamedOptions<StreamServerOptions>
{
    /// <summary>The section of all servers.</summary>
    public const string Servers = "Streams:Servers";

    private static readonly TimeSpan _longest = TimeSpan.FromDays(49);

    /// <summary>The section of a server.</summary>
    public static string SectionOf(string server) => $"{Servers}:{server}";

    /// <summary>Tells each section that is for no server there is: its name has a slip, or the server was not added.</summary>
    public static void TellUnknownServers(IConfiguration? configuration, IReadOnlyCollection<string> servers, ICollection<string> faults)
    {
        foreach (var section in configuration?.GetSection(Servers).GetChildren() ?? [])
        {
            if (!servers.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
                faults.Add($"{section.Path} is for no server: there is {string.Join(", ", servers)}; add it with AddStreamServer(\"{section.Key}\", ...) or take the section away.");
        }
    }

    public void Configure(StreamServerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, StreamServerOptions options)
    {
        if (name != server) return;
        var faults = new List<string>();
        var section = new SettingsReader(configuration, SectionOf(server), faults);
        ReadLimits(section, options);
        ReadTimeouts(section, options);
        ReadListening(section, options, faults);
        section.TellUnknownKeys();
        options.Faults = faults;
    }

    private static void ReadLimits(SettingsReader section, StreamServerOptions options)
    {
        options.Limit = section.Int32("Limit", min: 1) ?? options.Limit;
        options.Backlog = section.Int32("Backlog", min: 1) ?? options.Backlog;
        options.MaxConnections = section.Int32("MaxConnections", min: 1) ?? options.MaxConnections;
        options.MaxConnectionsPerAddress = section.Int32("MaxConnectionsPerAddress", min: 1) ?? options.MaxConnectionsPerAddress;
        options.MaxAcceptsPerSecond = section.Double("MaxAcceptsPerSecond", min: 0.001, max: 1_000_000) ?? options.MaxAcceptsPerSecond;
        options.WhenFull = section.Enum<WhenFull>("WhenFull") ?? options.WhenFull;
        if (section.Text("PartingBytes") is { } text) options.PartingBytes = Encoding.UTF8.GetBytes(text);
    }

    private static void ReadTimeouts(SettingsReader section, StreamServerOptions options)
    {
        options.IdleTimeout = section.Timeout("IdleTimeout") ?? options.IdleTimeout;
        options.ReadTimeout = section.Timeout("ReadTimeout") ?? options.ReadTimeout;
        options.WriteTimeout = section.Timeout("WriteTimeout") ?? options.WriteTimeout;
        options.MaxConnectionLifetime = section.Timeout("MaxConnectionLifetime") ?? options.MaxConnectionLifetime;
        options.ShutdownTimeout = section.Duration("ShutdownTimeout", TimeSpan.Zero, _longest) ?? options.ShutdownTimeout;
        options.DrainDelay = section.Duration("DrainDelay", TimeSpan.Zero, _longest) ?? options.DrainDelay;
        if (section.Timeout("HandshakeTimeout") is { } handshakeTimeout) options.HandshakeTimeout = handshakeTimeout;
    }

    private void ReadListening(SettingsReader section, StreamServerOptions options, List<string> faults)
    {
        options.AddressFamily = section.Enum("AddressFamily", AddressFamily.InterNetwork, AddressFamily.InterNetworkV6) ?? options.AddressFamily;
        options.UnsafePreferInlineScheduling = section.Boolean("UnsafePreferInlineScheduling") ?? options.UnsafePreferInlineScheduling;
        options.ReusePort = section.Boolean("ReusePort") ?? options.ReusePort;
        options.Tls = ReadTls(section) ?? options.Tls;
        options.ProxyProtocol = PeerSettings.ReadProxyProtocol(section) ?? options.ProxyProtocol;
        options.UnixFileMode = PeerSettings.ReadUnixFileMode(section) ?? options.UnixFileMode;
        options.UnixGroup = section.Text("UnixGroup") ?? options.UnixGroup;
        options.HasFaultyCertificate = options.Tls is null && section.Section("Certificate").IsThere;
        if (section.Section("Endpoints").Sections() is not { Count: > 0 } endpoints) return;
        // In place of those in the code: whoever runs the server decides where it listens.
        options.ReplaceEndpoints(endpoints.Select(endpoint => ReadEndpoint(endpoint, faults)));
    }

    private StreamEndpointOptions ReadEndpoint(SettingsReader section, List<string> faults)
    {
        var before = faults.Count;
        var endpoint = new StreamEndpointOptions
        {
            Name = section.Name,
            Section = section.Path,
            Tls = ReadTls(section),
            Url = section.Text("Url"),
            ProxyProtocol = PeerSettings.ReadProxyProtocol(section),
            UnixFileMode = PeerSettings.ReadUnixFileMode(section),
            UnixGroup = section.Text("UnixGroup"),
        };
        if (endpoint.Url is null && faults.Count == before) section.Missing("Url", "write its address, like tcp://0.0.0.0:8888");
        endpoint.IsFaulty = faults.Count > before;
        return endpoint;
    }

    private SslServerAuthenticationOptions? ReadTls(SettingsReader section) => CertificateSettings.Read(section.Section("Certificate"), contentRoot);
}
