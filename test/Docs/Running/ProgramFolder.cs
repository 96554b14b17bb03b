namespace Kestrel.Streams.Tests;

/// <summary>What a compiled <c>program.dll</c> needs beside it to run.</summary>
internal static class ProgramFolder
{
    private static readonly string[] _libraries = ["Kestrel.Streams*.dll", "OpenTelemetry*.dll", "Polly.Core.dll"];

    /// <summary>Ours, and what ours and the pages need beside the frameworks, which are those of the tests.</summary>
    public static void AddLibraries(string folder)
    {
        var tests = AppContext.BaseDirectory;
        foreach (var library in _libraries.SelectMany(name => Directory.EnumerateFiles(tests, name)))
            File.Copy(library, Path.Combine(folder, Path.GetFileName(library)));
        File.Copy(
            Path.Combine(tests, $"{typeof(ProgramFolder).Assembly.GetName().Name}.runtimeconfig.json"), Path.Combine(folder, "program.runtimeconfig.json"));
    }
}
