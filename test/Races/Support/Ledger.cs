namespace Kestrel.Streams.Tests;

/// <summary>What a test must leave as it has found it: blocks of the pool, descriptors, and tasks whose errors somebody has seen.</summary>
internal sealed class Ledger : IDisposable
{
    private readonly Dictionary<string, int> _descriptors = Descriptors();
    private readonly List<string> _unobserved = [];

    private Ledger()
    {
        WatchedPool.Instance.TakeOut();
        WatchedPool.Instance.TakeFaults();
        TaskScheduler.UnobservedTaskException += Note;
    }

    public static Ledger Open() => new();

    /// <summary>Everything is back, or comes back without anybody's help.</summary>
    public async Task SettleAsync()
    {
        var pool = WatchedPool.Instance;
        await ComesTrueAsync(() => pool.Out == 0, () => $"{pool.Out} blocks are still out:{Environment.NewLine}{pool.TakeOut()}");
        // What is closed by the garbage collector has been forgotten by somebody; it would hide what is counted here.
        await ComesTrueAsync(() => Descriptors().Values.Sum() <= _descriptors.Values.Sum(), Left);
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        lock (_unobserved) Assert.True(_unobserved.Count == 0, $"Nobody has seen: {string.Join(Environment.NewLine, _unobserved)}");
        var faults = pool.TakeFaults();
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Note;

    private static async Task ComesTrueAsync(Func<bool> condition, Func<string> why)
    {
        try
        {
            await Eventually.IsTrueAsync(condition);
        }
        catch (TimeoutException)
        {
            Assert.Fail(why());
        }
    }

    private static Dictionary<string, int> Descriptors()
    {
        var counts = new Dictionary<string, int>();
        foreach (var file in new DirectoryInfo("/proc/self/fd").EnumerateFiles())
        {
            var target = file.LinkTarget ?? "gone";
            var kind = target.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? target[..end] : target;
            // The one that looks is there each time, under another name; and an assembly or its symbols may be opened at any time.
            if (!target.Contains("/fd", StringComparison.Ordinal) && !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal)) counts[kind] = counts.GetValueOrDefault(kind) + 1;
        }

        return counts;
    }

    private string Left()
    {
        var now = Descriptors();
        return $"Descriptors are left: {string.Join(", ", now.Where(kind => kind.Value > _descriptors.GetValueOrDefault(kind.Key)).Select(kind => $"{kind.Value - _descriptors.GetValueOrDefault(kind.Key)} of {kind.Key}"))}";
    }

    private void Note(object? sender, UnobservedTaskExceptionEventArgs failed)
    {
        lock (_unobserved) _unobserved.Add(failed.Exception.ToString());
    }
}
