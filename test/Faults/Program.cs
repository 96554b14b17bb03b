using Xunit.Runner.InProc.SystemConsole;

namespace Kestrel.Streams.Tests;

/// <summary>Runs the tests, or one of <see cref="ChildPrograms"/>, which a test has started because it harms its whole process.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args) =>
        args is [ChildPrograms.Word, var name] ? await ChildPrograms.RunAsync(name) : await ConsoleRunner.Run(args);
}
