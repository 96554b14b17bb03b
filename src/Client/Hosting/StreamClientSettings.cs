using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams;

/// <summary>
/// Puts what the configuration says of a client over what the code has set, and checks the whole: after everybody else, so that the
/// configuration has the last word.
/// </summary>
internal sealed class StreamClientSettings(string client, IConfiguration? configuration) : IPostConfigureOptions<StreamClientOptions>
{
    /// <summary>Where the clients are, each in a section of its name.</summary>
    public const string Path = "Streams:Clients";

    public void PostConfigure(string? name, StreamClientOptions options)
    {
        if (name != client)
            return;

        List<string> faults = [];
        var settings = new SettingsReader(configuration, $"{Path}:{client}", faults);
        options.Url = settings.Text(nameof(options.Url)) ?? options.Url;
        var urlIsAFault = faults.Count > 0;
        ReadConnect(settings, options);
        ReadRetry(settings.Section(nameof(options.Retry)), options);
        TlsSettings.Read(settings.Section(nameof(options.Tls)), options);
        if (!urlIsAFault)
            Check(settings, options);
        settings.TellUnknownKeys();
        if (faults.Count > 0)
            throw new OptionsValidationException(client, typeof(StreamClientOptions), faults);
    }

    private static void ReadConnect(SettingsReader settings, StreamClientOptions options)
    {
        options.Limit = settings.Int32(nameof(options.Limit), min: 1) ?? options.Limit;
        options.ServerHostname = settings.Text(nameof(options.ServerHostname)) ?? options.ServerHostname;
        // Only a timeout that somebody has set may not stand beside a connection without TLS.
        if (settings.Timeout(nameof(options.HandshakeTimeout)) is { } handshake)
            options.HandshakeTimeout = handshake;
        options.ConnectTimeout = settings.Timeout(nameof(options.ConnectTimeout)) ?? options.ConnectTimeout;
        options.AddressFamily = settings.Enum(
            nameof(options.AddressFamily), AddressFamily.Unspecified, AddressFamily.InterNetwork, AddressFamily.InterNetworkV6) ?? options.AddressFamily;
        options.HappyEyeballsDelay = settings.Timeout(nameof(options.HappyEyeballsDelay)) ?? options.HappyEyeballsDelay;
        options.Interleave = settings.Int32(nameof(options.Interleave), min: 0) ?? options.Interleave;
        options.NoDelay = settings.Boolean(nameof(options.NoDelay)) ?? options.NoDelay;
        options.KeepAlive = settings.Duration(nameof(options.KeepAlive), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(32767)) ?? options.KeepAlive;
        if (settings.Text(nameof(options.LocalEndPoint)) is not { } local)
            return;
        if (IPEndPoint.TryParse(local, out var endPoint))
            options.LocalEndPoint = endPoint;
        else
            settings.Fault(nameof(options.LocalEndPoint), "write an IP address of this machine, and a port behind it where it matters, like 192.0.2.1:5000 or [2001:db8::1]:5000");
    }

    private static void ReadRetry(SettingsReader settings, StreamClientOptions options)
    {
        var (shortest, longest) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        var before = options.Retry ?? new();
        // A copy: one object of the code's may serve several clients.
        var retry = new StreamRetryOptions
        {
            MaxAttempts = settings.Int32(nameof(before.MaxAttempts), min: 1) ?? before.MaxAttempts,
            Delay = settings.Duration(nameof(before.Delay), shortest, longest) ?? before.Delay,
            MaxDelay = settings.Duration(nameof(before.MaxDelay), shortest, longest) ?? before.MaxDelay,
            Randomizer = before.Randomizer,
        };
        if (settings.IsThere)
            options.Retry = retry;
    }

    /// <summary>Finds what a connect would refuse, while there is still somebody to read it.</summary>
    private static void Check(SettingsReader settings, StreamClientOptions options)
    {
        if (options.Url is not { } url)
        {
            settings.Missing(nameof(options.Url), $"write {ClientAddress.Kinds}, here or in the code");
            return;
        }

        if (!ClientAddress.TryParse(url, out var address, out var fault))
        {
            settings.Fault(nameof(options.Url), fault, url);
            return;
        }

        const string NoTls = "there is no TLS, write tls://host:port as the Url or leave the key out";
        var tls = options.Tls is not null || ClientAddress.IsSecure(address);
        if (!tls && options.ServerHostname is { } hostname)
            settings.Fault(nameof(options.ServerHostname), NoTls, hostname);
        if (!tls && options.HasHandshakeTimeout)
            settings.Fault(nameof(options.HandshakeTimeout), NoTls, options.HandshakeTimeout.ToString());
        if (tls && address.Kind is StreamAddressKind.Unix && options.ServerHostname is null && string.IsNullOrEmpty(options.Tls?.TargetHost))
            settings.Missing(nameof(options.ServerHostname), "write the name that the server's certificate has to be for, because a Unix socket has none");
    }
}
