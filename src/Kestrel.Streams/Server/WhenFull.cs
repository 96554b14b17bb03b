namespace Kestrel.Streams;

/// <summary>What a server does with connections over <see cref="StreamServerOptions.MaxConnections"/>.</summary>
public enum WhenFull
{
    /// <summary>Accepts them, sends them <see cref="StreamServerOptions.PartingBytes"/> and closes them.</summary>
    Reject,

    /// <summary>
    /// Accepts none until another one ends: they wait in the <see cref="StreamServerOptions.Backlog"/>, and behind that the system lets them
    /// wait or refuses them.
    /// </summary>
    Wait,
}
