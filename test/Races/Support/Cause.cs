namespace Kestrel.Streams.Tests;

/// <summary>Whose doing it is that a call does not end as it was meant to.</summary>
internal enum Cause
{
    /// <summary>Nobody's: it ends as it was meant to.</summary>
    None,
    OwnClose,
    OwnAbort,
    Cancel,

    /// <summary>Another call that cannot be beside it.</summary>
    SecondCall,
    PeerEnd,
    PeerReset,
}
