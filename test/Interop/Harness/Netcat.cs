using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>OpenBSD's nc, told to end its sending when its input ends (-N).</summary>
public sealed class Netcat : IPeerProgram
{
    public Peer Connect(Place place) => Peer.Start("nc", ["-n", "-N", .. Address(place)]);

    public Task<Peer> ListenAsync(Place place) => Peer.StartAsync("nc", ["-n", "-N", "-l", "-v", .. Address(place)], async peer =>
    {
        var line = await peer.ErrorLineAsync("Listening on");
        if (place.Network == Network.Tcp)
            place.Port = int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    });

    private static string[] Address(Place place) =>
        place.Network == Network.Tcp ? ["127.0.0.1", place.Port.ToString(CultureInfo.InvariantCulture)] : ["-U", place.Path];
}
