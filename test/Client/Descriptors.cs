namespace Kestrel.Streams.Tests;

/// <summary>
/// The collection of the tests that start processes, and of those that look whether a descriptor is closed: until a process that starts
/// runs its own program, it has all descriptors too. So they take turns.
/// </summary>
internal static class Descriptors
{
    public const string TakeTurns = nameof(Descriptors);
}
