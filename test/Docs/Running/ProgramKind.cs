namespace Kestrel.Streams.Tests;

/// <summary>The SDKs a block may be written for: they differ in the namespaces they bring.</summary>
internal enum ProgramKind
{
    Console,
    Worker,
    Web,
}
