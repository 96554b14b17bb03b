namespace Kestrel.Streams.Tests;

/// <summary>
/// Tells when a handler has begun. A peer may be connected before it is accepted, and one that waits for that is reset at a close.
/// </summary>
internal sealed class Entrance
{
    private readonly Signal<ConnectionStream> _entered = new();

    public Task<ConnectionStream> Entered => _entered.Task.Within();

    public Func<ConnectionStream, CancellationToken, Task> Of(Func<ConnectionStream, CancellationToken, Task> serve) =>
        (stream, stopping) =>
        {
            _entered.Set(stream);
            return serve(stream, stopping);
        };

    /// <summary>Starts the server and connects the first peer; its handler has begun.</summary>
    public async Task<ConnectionStream> StartAsync(StreamServerBase server)
    {
        await server.StartServingAsync().Within();
        var client = await server.ConnectAsync();
        await Entered;
        return client;
    }
}
