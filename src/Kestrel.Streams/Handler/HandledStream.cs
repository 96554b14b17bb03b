namespace Kestrel.Streams;

/// <summary>A stream while a handler serves it, and the way of a stop to that handler.</summary>
#pragma warning disable CA1001 // not disposed: what a handler leaves behind may still register on its token, and without a timer the source holds nothing
internal class HandledStream(StreamHandler handler, ConnectionStream stream)
#pragma warning restore CA1001
{
    // A token of its own: what a handler registers on it may throw or block, and that must not stop Kestrel's stop.
    private readonly CancellationTokenSource _stopping = new();

    public ConnectionStream Stream => stream;

    /// <summary>What the handler has registered on <see cref="Stopping"/>, while it runs and when it has run.</summary>
    public Task StoppingCallbacks { get; private set; } = Task.CompletedTask;

    /// <summary>The token of the handler.</summary>
    protected CancellationToken Stopping => _stopping.Token;

    /// <summary>Calls the handler.</summary>
    public virtual Task HandleAsync() => handler.CallAsync(stream, Stopping);

    /// <summary>
    /// A stop ends the input: the handler reads what is buffered and then the end, and can still write its last answer. An abort must
    /// come first: a handler that saw an end would close its stream in order, and a cut answer would look whole.
    /// </summary>
    public void Stop()
    {
        var cuts = handler.CutsAtOnce;
        if (cuts) stream.Abort();
        // Before the input ends: a handler that sees that end finds the token fired.
        StoppingCallbacks = _stopping.CancelAsync();
        if (!cuts) stream.StopInput();
    }
}
