using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>socat between the connection and something else: its own input and output unless said.</summary>
public sealed class Socat(string other = "-", string listenOptions = "") : IPeerProgram
{
    // After one direction has ended socat waits this long for the other; half a second unless told.
    private static readonly string[] _patience = ["-t", "30"];

    public Peer Connect(Place place) =>
        Peer.Start("socat", [.. _patience, other, place.Network == Network.Tcp ? $"TCP:127.0.0.1:{place.Port}" : $"UNIX-CONNECT:{place.Path}"]);

    public Task<Peer> ListenAsync(Place place)
    {
        var address = place.Network == Network.Tcp ? $"TCP-LISTEN:{place.Port},bind=127.0.0.1" : $"UNIX-LISTEN:{place.Path}";
        return Peer.StartAsync("socat", ["-d", "-d", .. _patience, address + listenOptions, other], async peer =>
        {
            var line = await peer.ErrorLineAsync("listening on");
            if (place.Network == Network.Tcp)
                place.Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        });
    }
}
