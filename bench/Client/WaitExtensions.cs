namespace Kestrel.Streams.Bench;

internal static class WaitExtensions
{
    /// <summary>Lets the work go on for a time. Work that ends before that has failed, and says how.</summary>
    public static async Task WaitForAsync(this Task work, TimeSpan time)
    {
        if (await Task.WhenAny(work, Task.Delay(time)) == work) await work;
    }
}
