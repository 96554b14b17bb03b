namespace Kestrel.Streams.Tests;

/// <summary>A program that can connect to us.</summary>
public interface IPeerClient
{
    Peer Connect(Place place);
}

/// <summary>A program that we can connect to.</summary>
public interface IPeerServer
{
    /// <summary>Starts it, and is done when it listens; a port that the system picked is then in the place.</summary>
    Task<Peer> ListenAsync(Place place);
}

/// <summary>A program that can be the other end of a connection, whoever connects.</summary>
public interface IPeerProgram : IPeerClient, IPeerServer;
