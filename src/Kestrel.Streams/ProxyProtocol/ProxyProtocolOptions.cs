using System.Net;

namespace Kestrel.Streams;

/// <summary>
/// That connections come through a proxy which begins each of them with a header of the PROXY protocol, version 1 or 2: the client's
/// address in it becomes <see cref="ConnectionStream.RemoteEndPoint"/>.
/// </summary>
/// <remarks>
/// Every connection must begin with one: who could leave it out could pass for somebody else. One from another source than the trusted
/// ones, or without a valid header in time, is aborted before a handler sees it, with one line in the log.
/// </remarks>
public sealed class ProxyProtocolOptions
{
    /// <summary>
    /// The addresses that may connect, because their word on the client is taken: 127.0.0.0/8 and ::1 unless set. Add the networks of the
    /// proxies. IPv4 networks hold for IPv4 addresses on an IPv6 socket too. Peers on a Unix socket are always trusted: the mode of its
    /// file and its filter say who they may be.
    /// </summary>
    public IList<IPNetwork> TrustedSources { get; } = [new IPNetwork(new IPAddress([127, 0, 0, 0]), 8), new IPNetwork(IPAddress.IPv6Loopback, 128)];

    /// <summary>
    /// How long a header may take to come, above zero, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>; 5 seconds unless set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan Timeout { get; set => field = ConnectionStreamOptions.TimerSpan(value); } = TimeSpan.FromSeconds(5);
}
