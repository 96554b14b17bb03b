using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>haproxy as a forwarder of bytes: it listens at a place, and tells servers of its clients as their settings say.</summary>
/// <param name="bind">What its side to the clients has behind its address, as <c>ssl crt file</c>.</param>
/// <param name="servers">What its lines of servers have behind their name: <c>127.0.0.1:port send-proxy-v2</c>.</param>
public sealed class HaProxy(string bind, params string[] servers) : IPeerServer
{
    public async Task<Peer> ListenAsync(Place place)
    {
        var address = $"{IPAddress.Loopback}:{place.ReservePort()}";
        // A server that is down at the moment is passed over for another at once, which is one more try.
        await File.WriteAllTextAsync(place.FileAt("haproxy.cfg"), $"""
            global
                maxconn 1000
                stats socket {place.FileAt("stats")} level admin
            defaults
                mode tcp
                unique-id-format %ci:%cp
                timeout connect 10s
                timeout client 60s
                timeout server 60s
                timeout check 10s
                retries 3
                option redispatch 1
            frontend clients
                bind {address} {bind}
                default_backend hosts
            backend hosts
                balance roundrobin
                {string.Join("\n    ", servers.Select(static (server, index) => $"server host{index} {server}"))}

            """, Encoding.ASCII);
        // The master of the workers tells when it has started one; its sockets listen then.
        return await Peer.StartAsync("haproxy", ["-W", "-db", "-f", place.FileAt("haproxy.cfg")], static async peer => await peer.ErrorLineAsync("forked"));
    }
}
