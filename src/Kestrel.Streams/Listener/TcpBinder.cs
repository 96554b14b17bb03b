using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>From host names and a port to bound TCP sockets.</summary>
internal static class TcpBinder
{
    public static void Check(string? host, int port, StreamServerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        if (host is not null) ArgumentException.ThrowIfNullOrWhiteSpace(host);
        if (options.AddressFamily is not (AddressFamily.Unspecified or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw new ArgumentException(
                $"AddressFamily is {options.AddressFamily}: give InterNetwork, InterNetworkV6 or Unspecified.", nameof(options));
        }

        if (options.UnixFileMode is not null || options.UnixGroup is not null || options.AllowPeer is not null)
            throw new ArgumentException("options.UnixFileMode, options.UnixGroup and options.AllowPeer are for Unix sockets: this server listens on TCP.", nameof(options));
        if (host is not null && options.Hosts.Count > 0)
            throw new ArgumentException("There is a host as well as options.Hosts: give one of them.", nameof(host));
        if (options.Hosts.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("A name in options.Hosts is empty: give a host name or an address.", nameof(options));
        if (options.Socket is not { } socket) return;
        if (host is not null || options.Hosts.Count > 0 || port != 0)
            throw new ArgumentException("There is a host or port as well as options.Socket: give one of them.", nameof(options));
        AdoptedSocket.Check(socket, nameof(options), AddressFamily.InterNetwork, AddressFamily.InterNetworkV6);
    }

    public static async Task<IReadOnlyList<BoundSocket>> BindAsync(
        IReadOnlyList<string> hosts, int port, StreamServerOptions options, EndpointTerms terms, CancellationToken cancellationToken)
    {
        if (options.Socket is { } adopted) return [AdoptedSocket.Bind(adopted, terms)];
        var addresses = hosts.Count == 0 ? AllInterfaces(options.AddressFamily) : await ResolveAsync(hosts, options.AddressFamily, cancellationToken).ConfigureAwait(false);
        var bound = new List<BoundSocket>();
        try
        {
            foreach (var address in addresses) bound.Add(Bind(new IPEndPoint(address, port), options, terms));
            return bound;
        }
        catch (Exception)
        {
            foreach (var socket in bound) socket.Dispose();
            throw;
        }
    }

    private static BoundSocket Bind(IPEndPoint endPoint, StreamServerOptions options, EndpointTerms terms)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // On Unix .NET sets SO_REUSEADDR by itself when it binds, and its ReuseAddress option means SO_REUSEPORT (tried with strace).
            if (options.ReusePort) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            else if (OperatingSystem.IsWindows() && options.ReuseAddress == false) socket.ExclusiveAddressUse = true;
            // Both families are bound beside each other: the one for IPv6 must not take the other's port.
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endPoint);
            return new BoundSocket(socket, socket.LocalEndPoint!, terms);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw BindError.Of(endPoint.ToString(), e);
        }
    }

    private static IEnumerable<IPAddress> AllInterfaces(AddressFamily family)
    {
        if (family != AddressFamily.InterNetworkV6 && Socket.OSSupportsIPv4) yield return IPAddress.Any;
        if (family != AddressFamily.InterNetwork && Socket.OSSupportsIPv6) yield return IPAddress.IPv6Any;
    }

    private static async Task<IEnumerable<IPAddress>> ResolveAsync(
        IReadOnlyList<string> hosts, AddressFamily family, CancellationToken cancellationToken)
    {
        var addresses = new List<IPAddress>();
        foreach (var host in hosts)
        {
            IPAddress[] found;
            try
            {
                found = IPAddress.TryParse(host, out var address)
                    ? family == AddressFamily.Unspecified || family == address.AddressFamily ? [address] : []
                    : await Dns.GetHostAddressesAsync(host, family, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                throw BindError.Of(host, e);
            }

            if (found.Length == 0)
                throw BindError.Of(host, new SocketException((int)SocketError.NoData, $"it has no address of the family {family}"));
            addresses.AddRange(found);
        }

        return addresses.Distinct();
    }
}
