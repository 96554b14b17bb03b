using System.Net;

namespace Kestrel.Streams;

/// <summary>What Kestrel is given as an address: it leads back to a socket that is bound already.</summary>
internal sealed class BoundEndPoint(BoundSocket bound) : EndPoint
{
    public BoundSocket Bound => bound;

    public override string ToString() => bound.EndPoint.ToString()!;
}
