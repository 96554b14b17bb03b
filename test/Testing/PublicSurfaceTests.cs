using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>The package shows what it has to and no more, and a program that is trimmed may use it.</summary>
public class PublicSurfaceTests
{
    private static readonly Assembly _package = typeof(StreamPair).Assembly;

    [Fact]
    public void These_types_and_no_others_are_public() => Assert.Equal(
        ["Cuts", "HandledConnection", "ScriptedPeer", "ScriptedPeerException", "StreamHandlerHost`1", "StreamPair", "StreamPairOptions", "WireFault", "WireOptions"],
        _package.GetExportedTypes().Select(static type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void They_are_in_one_namespace_and_sealed() => Assert.All(
        _package.GetExportedTypes(),
        static type => Assert.True(type is { Namespace: "Kestrel.Streams.Testing", IsSealed: true }, $"{type}"));

    [Fact]
    public void It_needs_no_test_framework() => Assert.All(
        _package.GetReferencedAssemblies().Select(static reference => reference.Name!),
        static name => Assert.True(
            name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name is "Kestrel.Streams" or "Kestrel.Streams.Core", name));

    [Fact]
    public void It_says_that_it_can_be_trimmed_and_compiled_ahead_of_time() => Assert.Contains(
        _package.GetCustomAttributes<AssemblyMetadataAttribute>(), static data => data is { Key: "IsAotCompatible" or "IsTrimmable", Value: "True" });
}
