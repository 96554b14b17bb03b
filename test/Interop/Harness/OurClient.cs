using System.Net;

namespace Kestrel.Streams.Tests;

internal static class OurClient
{
    public static async Task<ConnectionStream> ConnectAsync(Place place, int limit = ConnectionStream.DefaultLimit)
    {
        var options = new StreamClientOptions { Limit = limit };
        var stream = place.Network == Network.Tcp
            ? await StreamClient.ConnectAsync(IPAddress.Loopback.ToString(), place.Port, options).Within()
            : await StreamClient.ConnectUnixAsync(place.Path, options).Within();
        if (place.Tls is { } tls)
            await stream.StartTlsAsync(tls.ClientOptions()).Within();
        return stream;
    }
}
