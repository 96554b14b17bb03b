namespace Kestrel.Streams.Testing;

/// <summary>A connection of a <see cref="StreamHandlerHost{THandler}"/>: the client's end of it, and the end of its handler.</summary>
/// <remarks>Disposing it aborts the client's end and waits for the handler.</remarks>
public sealed class HandledConnection : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    internal HandledConnection(ConnectionStream client, Task completion)
    {
        Client = client;
        Completion = completion.Observed();
        Peer = new ScriptedPeer(client) { OtherEnd = completion };
    }

    /// <summary>The client's end.</summary>
    public ConnectionStream Client { get; }

    /// <summary>A peer with a script over <see cref="Client"/>. When the handler fails, its exception is the inner one of what the peer throws then.</summary>
    public ScriptedPeer Peer { get; }

    /// <summary>
    /// The end of the handler and of its scope, with the exception it failed with. As on a server, a handler that ends because its peer broke
    /// the connection, or because of the stop, has not failed.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Aborts the client's end, unless it is closed, and waits for the handler. What the handler failed with is not thrown here.</summary>
    /// <returns>The end: the handler is over.</returns>
    /// <exception cref="TimeoutException">The handler still runs 30 seconds after that.</exception>
    public async ValueTask DisposeAsync()
    {
        await Client.AbortAsync().ConfigureAwait(false);
        await Completion.WaitAsync(_patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!Completion.IsCompleted)
            throw new TimeoutException($"The handler still runs {_patience.TotalSeconds} seconds after its connection was aborted: it waits for something else; let it give up with the token of the connection, Closed.");
    }
}
