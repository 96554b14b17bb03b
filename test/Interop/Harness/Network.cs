namespace Kestrel.Streams.Tests;

public enum Network
{
    Tcp,
    Unix,
}

/// <summary>What the other program does; we do the opposite.</summary>
public enum PeerSide
{
    Connects,
    Listens,
}
