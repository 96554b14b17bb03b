namespace Kestrel.Streams.Tests;

/// <summary>What a test does in a process of its own, because it harms the whole process.</summary>
internal static class ChildPrograms
{
    /// <summary>The argument that this program is not to run tests.</summary>
    public const string Word = "child";

    private static readonly Dictionary<string, Func<Task>> _all = new();

    public static async Task<int> RunAsync(string name)
    {
        try
        {
            await _all[name]();
            Console.WriteLine("passed");
            return 0;
        }
        catch (Exception e)
        {
            Console.WriteLine(e);
            return 1;
        }
    }
}
