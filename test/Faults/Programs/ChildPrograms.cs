namespace Kestrel.Streams.Tests;

/// <summary>What a test does in a process of its own, because it harms the whole process.</summary>
internal static class ChildPrograms
{
    /// <summary>The argument that this program is not to run tests.</summary>
    public const string Word = "child";

    private const int Threads = 8;

    private static readonly Dictionary<string, Func<Task>> _all = new Func<Task>[]
    {
        ShortOfDescriptors.AcceptAsync,
        ShortOfDescriptors.AcceptOneByOneAsync,
        ShortOfDescriptors.InlineLoopAsync,
        ShortOfDescriptors.ConnectAsync,
        ShortOfDescriptors.TwoStreamsOverOneSocketAsync,
    }.ToDictionary(static program => program.Method.Name);

    public static async Task<int> RunAsync(string name)
    {
        DescriptorShortage.Begin();
        // .NET starts a thread when it needs one, and each takes two descriptors. What a program itself takes is there before it is short of them.
        await using var timer = new Timer(static _ => { }, null, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50));
        ThreadPool.SetMinThreads(Threads, Threads);
        using (var all = new Barrier(Threads)) await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(all.SignalAndWait)));
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
