namespace Kestrel.Streams.Tests;

/// <summary>A program that can be the other end of a connection.</summary>
public interface IPeerProgram
{
    Peer Connect(Place place);

    /// <summary>Starts it, and is done when it listens; a port that the system picked is then in the place.</summary>
    Task<Peer> ListenAsync(Place place);
}
