namespace Kestrel.Streams.Tests;

/// <summary>What was known of an end when a call began.</summary>
/// <param name="WasCancelled">The token was cancelled already.</param>
/// <param name="WasClosed">The end was closed by a call that had returned.</param>
/// <param name="WasBroken">A call had shown that the connection is broken.</param>
/// <param name="WasEnded">The output had been ended; for a read, that the input had ended was told.</param>
/// <param name="Token">The token of the call.</param>
internal sealed record Call(bool WasCancelled, bool WasClosed, bool WasBroken, bool WasEnded, CancellationToken Token)
{
    /// <summary>What the stream had received for sure; more may come at any time.</summary>
    public ReadOnlyMemory<byte> TakenOver { get; init; }
}

/// <summary>Cancels the token of a step when its time has come.</summary>
internal sealed class Canceller(Step step, Pulse pulse)
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => step.Cancel is null ? CancellationToken.None : _source.Token;

    /// <summary>Whether the cancellation has come or is still to come.</summary>
    public bool IsAtWork => step.Cancel is not null;

    /// <summary>Called before the call.</summary>
    public void Begin()
    {
        if (step.Cancel == Step.Before) _source.Cancel();
        else if (step.Cancel == 0) _ = Task.Run(Cancel);
    }

    /// <summary>Called when the call has returned its task.</summary>
    public void GoOn()
    {
        if (step.Cancel > 0) _ = CancelAsync(step.Cancel.Value);
    }

    private async Task CancelAsync(int turns)
    {
        for (; turns > 0; turns--) await Task.Yield();
        Cancel();
    }

    private void Cancel()
    {
        _source.Cancel();
        pulse.Beat();
    }
}
