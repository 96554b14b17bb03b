namespace Kestrel.Streams;

/// <summary>Who may connect to an endpoint of a host, and who is believed about whom: what the endpoint says, or else the server.</summary>
internal static class HostedPeers
{
    /// <summary>Adds it to the terms of an endpoint, and what is wrong with it to the faults.</summary>
    public static EndpointTerms AddTo(EndpointTerms terms, StreamEndpointOptions endpoint, StreamServerOptions options, StreamAddress address, string where, List<string> faults)
    {
        var isUnix = address.Kind is StreamAddressKind.Unix;
        var hasFile = isUnix && address.Path![0] != '\0';
        var mayBeUnix = isUnix || address.Kind is StreamAddressKind.Descriptor or StreamAddressKind.Systemd;
        if (!hasFile && (endpoint.UnixFileMode is not null || endpoint.UnixGroup is not null))
            faults.Add($"{where}, which makes no file: UnixFileMode and UnixGroup are for unix:/path, take them away.");
        if (!mayBeUnix && endpoint.AllowPeer is not null)
            faults.Add($"{where}: AllowPeer is for Unix sockets, whose peers the kernel knows, take it away.");
        var access = new UnixFileAccess(endpoint.UnixFileMode ?? options.UnixFileMode, endpoint.UnixGroup ?? options.UnixGroup);
        if (hasFile && access.Fault is { } fault) faults.Add($"{where}: {fault}.");

        return terms with
        {
            Proxy = ProxyGate.Of(endpoint.ProxyProtocol ?? options.ProxyProtocol, options),
            AllowPeer = mayBeUnix ? endpoint.AllowPeer ?? options.AllowPeer : null,
            FileAccess = access,
        };
    }
}
