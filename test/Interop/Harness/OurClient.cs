using System.Net;

namespace Kestrel.Streams.Tests;

internal static class OurClient
{
    public static Task<ConnectionStream> ConnectAsync(Place place, int limit = ConnectionStream.DefaultLimit)
    {
        var options = new StreamClientOptions { Limit = limit, Tls = place.Tls?.ClientOptions() };
        return place.Network == Network.Tcp
            ? StreamClient.ConnectAsync(IPAddress.Loopback.ToString(), place.Port, options).Within()
            : StreamClient.ConnectUnixAsync(place.Path, options).Within();
    }
}
