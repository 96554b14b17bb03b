using System.Reflection;

namespace Kestrel.Streams.Tests;

/// <summary>A built sample, which a test starts as a process.</summary>
internal static class SampleProgram
{
    private static readonly string[] _paths = typeof(SampleProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static data => data.Key == "SamplePrograms").Value!.Split(';');

    /// <summary>What runs it.</summary>
    public static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Where it is, by the name of its folder.</summary>
    public static string PathOf(string name) => _paths.Single(path => Path.GetFileName(path) == $"Kestrel.Streams.Samples.{name}.dll");
}
