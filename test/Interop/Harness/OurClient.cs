using System.Net;

namespace Kestrel.Streams.Tests;

internal static class OurClient
{
    public static Task<ConnectionStream> ConnectAsync(Place place, int limit = ConnectionStream.DefaultLimit)
    {
        var options = new StreamClientOptions { Limit = limit, Tls = place.Tls?.ClientOptions() };
        // Many may shake hands at once, with a program that takes one after the other.
        if (options.Tls is not null) options.HandshakeTimeout = TimeSpan.FromMinutes(1);
        return place.Network == Network.Tcp
            ? StreamClient.ConnectAsync(IPAddress.Loopback.ToString(), place.Port, options).Within()
            : StreamClient.ConnectUnixAsync(place.Path, options).Within();
    }
}
