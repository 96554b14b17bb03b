using System.Globalization;
using System.Net;

namespace Kestrel.Streams;

/// <summary>What the configuration says about who may connect to a server or to one of its endpoints, and who is believed about whom.</summary>
internal static class PeerSettings
{
    /// <summary>The PROXY protocol, which a section of that name turns on; null where there is none, or where it says <c>Enabled=false</c>.</summary>
    public static ProxyProtocolOptions? ReadProxyProtocol(SettingsReader outer)
    {
        var section = outer.Section("ProxyProtocol");
        if (!section.IsThere) return null;
        var options = new ProxyProtocolOptions();
        var isOn = section.Boolean("Enabled") ?? true;
        options.Timeout = section.Timeout("Timeout") ?? options.Timeout;
        var sources = section.Section("TrustedSources");
        if (sources.IsThere) options.TrustedSources.Clear();
        for (var index = 0; sources.IsThere; index++)
        {
            var key = index.ToString(CultureInfo.InvariantCulture);
            if (sources.Text(key) is not { } text) break;
            if (IPNetwork.TryParse(text, out var network)) options.TrustedSources.Add(network);
            else sources.Fault(key, "write a network with the length of its prefix, like 10.0.0.0/8, 192.0.2.7/32 or fd00::/8");
        }

        return isOn ? options : null;
    }

    /// <summary>The mode of a Unix socket's file, as <c>chmod</c> has it.</summary>
    public static UnixFileMode? ReadUnixFileMode(SettingsReader section)
    {
        const string Key = "UnixFileMode";
        if (section.Text(Key) is not { } text) return null;
        if (text.Length is 3 or 4 && text.All(static digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is var mode and <= 0x1FF) return (UnixFileMode)mode;
        section.Fault(Key, "write three octal digits, like 660 for the owner and the group");
        return null;
    }
}
