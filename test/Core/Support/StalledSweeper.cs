namespace Kestrel.Streams.Tests;

/// <summary>
/// Keeps the sweeper of unsent bytes busy with a stream of its own, so that a test can see what leaves without its help.
/// Nothing else may count on the sweeper meanwhile: see <see cref="Alone"/>.
/// </summary>
internal sealed class StalledSweeper : IDisposable
{
    /// <summary>The collection of the tests that run beside no others.</summary>
    public const string Alone = "Alone";

    private readonly ManualResetEventSlim _goOn = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<StalledSweeper> BeginAsync()
    {
        var sweeper = new StalledSweeper();
        var stream = Streams.Over(new ScriptedTransport { Tries = true, OnTry = _ => sweeper.Stall() });
        stream.Write("x"u8);
        await sweeper._stalled.Task.Within();
        return sweeper;
    }

    public void Dispose() => _goOn.Set();

    private void Stall()
    {
        _stalled.TrySetResult();
        _goOn.Wait(TimeSpan.FromSeconds(30));
    }
}

[CollectionDefinition(StalledSweeper.Alone, DisableParallelization = true)]
public class AloneCollection;
