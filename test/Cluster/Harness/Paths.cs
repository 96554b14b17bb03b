using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>What is started here and was not made here.</summary>
internal static class Paths
{
    /// <summary>The built sample.</summary>
    public static string Sample { get; } = Of("SampleProgram");

    public static string Deploy(string file) => Path.Combine(Of("Deploy"), file);

    private static string Of(string name) => typeof(Paths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == name).Value!;
}
