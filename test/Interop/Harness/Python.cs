using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>Python's asyncio streams, playing a scenario of peers/scenarios.py on one or more connections.</summary>
public sealed class Python(string scenario, int times = 1, params string[] arguments) : IPeerProgram
{
    public Peer Connect(Place place) => Peer.Start("python3", Arguments("connect", place));

    public Task<Peer> ListenAsync(Place place) => Peer.StartAsync("python3", Arguments("listen", place), async peer =>
    {
        var line = await peer.ReadLineAsync();
        if (place.Network == Network.Tcp)
            place.Port = int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    });

    private string[] Arguments(string side, Place place) =>
    [
        Path.Combine(AppContext.BaseDirectory, "peers", "peer.py"),
        side,
        place.Network == Network.Tcp ? $"tcp:{place.Port}" : $"unix:{place.Path}",
        place.Tls is { } tls ? $"{(tls.Mutual ? "mutual-" : "")}{tls.Version}:{tls.Certificates.Folder}:{tls.ExpectedName}" : "plain",
        times.ToString(CultureInfo.InvariantCulture),
        scenario,
        .. arguments,
    ];
}
