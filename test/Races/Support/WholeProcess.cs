using System.Runtime.CompilerServices;

// Blocks, descriptors and processors are those of the whole process: one test after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Kestrel.Streams.Tests;

internal static class WholeProcess
{
    /// <summary>Every stream of this process, also those of servers, has its blocks of the watched pool.</summary>
#pragma warning disable CA2255 // it must come before the first stream
    [ModuleInitializer]
    internal static void WatchBlocks() => BlockPool.Current = WatchedPool.Instance;
#pragma warning restore CA2255
}
