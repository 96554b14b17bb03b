namespace Kestrel.Streams.Tests;

/// <summary>What becomes of a connection through a <see cref="FaultProxy"/>.</summary>
public enum Fault
{
    /// <summary>Nothing: all is passed on.</summary>
    None,

    /// <summary>Both ends get a reset; over a Unix socket, which has none to send, the end.</summary>
    Reset,

    /// <summary>Both ends get the end, and nothing more is passed on.</summary>
    End,

    /// <summary>Nothing is passed on any more, and nothing is taken, until <see cref="FaultProxy.Heal"/>.</summary>
    Stall,

    /// <summary>From here on every byte is sent alone.</summary>
    Trickle,
}

/// <summary>Which of the two ways through a <see cref="FaultProxy"/>.</summary>
public enum Way
{
    ToServer,
    ToClient,
}

/// <summary>A fault, and the place where it happens: behind so many bytes of one way.</summary>
public sealed record Plan(Fault Fault, Way Way = Way.ToServer, long Behind = 0);
