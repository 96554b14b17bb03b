namespace Kestrel.Streams.Tests;

/// <summary>For tests that look at or change what belongs to the whole process or machine: they run with no other test beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = nameof(Alone);
}
