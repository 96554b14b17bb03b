namespace Kestrel.Streams.Testing;

/// <summary>What a fault does.</summary>
internal enum WireFaultKind
{
    Reset,
    End,
    Stall,
}
