using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer as a process.</summary>
public sealed class RespSample : IPeerServer
{
    public Task<Peer> ListenAsync(Place place) => Peer.StartAsync(SampleProgram.Host, [SampleProgram.PathOf("RespServer"), "0"], async peer =>
        place.Port = int.Parse((await peer.LineAsync("Serving on ")).Split(':')[^1], CultureInfo.InvariantCulture));
}
