using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Finds the addresses a connect is to try.</summary>
internal sealed class NameResolver(StreamClientOptions options, ConnectClock clock)
{
    /// <summary>Tells the addresses of the target, at least one, in the order to try them.</summary>
    public async Task<IReadOnlyList<EndPoint>> ResolveAsync(EndPoint target, CancellationToken cancellationToken)
    {
        if (target is IPEndPoint ip)
            return OfFamily(target, options.AddressFamily, [ip.Address], ip.Port);
        if (target is not DnsEndPoint dns)
            return [target];

        var family = dns.AddressFamily is AddressFamily.Unspecified ? options.AddressFamily : dns.AddressFamily;
        if (IPAddress.TryParse(dns.Host, out var literal))
            return OfFamily(target, family, [literal], dns.Port);

        IReadOnlyList<IPAddress> addresses;
        try
        {
            addresses = await clock.RunAsync(token => LookUpAsync(dns.Host, family, token), 1, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw ConnectFailure.NotResolved(dns, family, error);
        }

        if (addresses is null || addresses.Contains(null))
            throw new InvalidOperationException($"ResolveCallback returned null for {dns.Host}: it must return addresses, or an empty list.");
        if (addresses is [])
            throw ConnectFailure.NotResolved(dns, family, new SocketException((int)SocketError.NoData, "it has no addresses"));
        return OfFamily(target, family, addresses, dns.Port);
    }

    private Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, AddressFamily family, CancellationToken cancellationToken) =>
        (options.ResolveCallback is { } callback ? callback(host, cancellationToken).AsTask() : SystemAsync(host, family, cancellationToken))
            .OrLeftBehindAsync(cancellationToken);

    private static async Task<IReadOnlyList<IPAddress>> SystemAsync(string host, AddressFamily family, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, family, cancellationToken).ConfigureAwait(false);

    private EndPoint[] OfFamily(EndPoint target, AddressFamily family, IReadOnlyList<IPAddress> addresses, int port)
    {
        EndPoint[] usable =
        [
            .. AddressOrder
                .Interleave(
                    addresses.Distinct().Where(address => family is AddressFamily.Unspecified || address.AddressFamily == family),
                    options.FirstFamilyCount)
                .Select(address => new IPEndPoint(address, port)),
        ];
        return usable is [] ? throw ConnectFailure.WrongFamily(target, family, addresses) : usable;
    }
}
