using System.Net.Security;

namespace Kestrel.Streams;

/// <summary>From the endpoints of the options to those of a server, with all that is wrong with them.</summary>
internal static class HostedEndpoints
{
    public static IReadOnlyList<HostedEndpoint> Of(StreamServerOptions options, string section, List<string> faults)
    {
        if (options.Hosts.Count > 0 || options.Socket is not null)
            faults.Add($"{section}: Hosts and Socket are for StreamServer, give addresses with Listen(\"tcp://host:port\") instead.");
        if (options.Endpoints.Count == 0)
            faults.Add($"{section}:Endpoints is empty: give at least one address, as {section}:Endpoints:Main:Url or with Listen(\"tcp://host:port\").");
        var endpoints = new List<HostedEndpoint>();
        foreach (var endpoint in options.Endpoints)
        {
            if (!endpoint.IsFaulty && Of(endpoint, options, endpoint.Section ?? $"{section}, Listen(\"{endpoint.Url}\")", faults) is { } good) endpoints.Add(good);
        }

        return endpoints;
    }

    private static HostedEndpoint? Of(StreamEndpointOptions endpoint, StreamServerOptions options, string section, List<string> faults)
    {
        // What stands in the code is named by its call already.
        var where = endpoint.Section is null ? section : $"{section}:Url is '{endpoint.Url}'";
        if (!StreamAddress.TryParse(endpoint.Url ?? "", out var address, out var fault))
        {
            faults.Add($"{where}: {fault}.");
            return null;
        }

        if (address.Kind is StreamAddressKind.WebSocket)
        {
            faults.Add($"{where}: a WebSocket is served by the web app, with app.MapStreamHandler<THandler>(\"/path\").");
            return null;
        }

        if (!TlsOf(endpoint, options, address, section, faults, out var tls)) return null;
        var terms = HostedPeers.AddTo(new EndpointTerms(endpoint.Name ?? address.ToString(), tls), endpoint, options, address, where, faults);
        return new HostedEndpoint(address, terms, where);
    }

    private static bool TlsOf(
        StreamEndpointOptions endpoint, StreamServerOptions options, StreamAddress address, string section, List<string> faults, out ServerTls? tls)
    {
        tls = null;
        SslServerAuthenticationOptions? given = endpoint.Tls ?? (address.Kind is StreamAddressKind.Tls ? options.Tls : null);
        if (address.Kind is StreamAddressKind.Tcp && given is not null)
        {
            faults.Add($"{section} has a certificate and the address {address}: write tls:// instead of tcp://, or take the certificate away.");
            return false;
        }

        if (given is null)
        {
            if (address.Kind is not StreamAddressKind.Tls) return true;
            if (!options.HasFaultyCertificate) faults.Add($"{section} has no certificate: give one as {section}:Certificate:Path, for all endpoints of the server, or as Tls in code.");
            return false;
        }

        try
        {
            tls = ServerTls.Of(given, options.HandshakeTimeout);
            return true;
        }
        catch (ArgumentException e)
        {
            faults.Add($"{section}: {e.Message}");
            return false;
        }
    }
}
