namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>
/// Takes the node out of service, and back, while the host runs on: it is ready no more, each connection is told so and ends with what
/// waits for it, and nobody is accepted.
/// </summary>
internal sealed class ChatDrain([FromKeyedServices(ChatServices.Server)] StreamServerBase server, ChatRooms rooms)
{
    private Task _close = Task.CompletedTask;

    /// <summary>What is the matter: <c>serving</c>, <c>draining</c> or <c>drained</c>.</summary>
    public string State => rooms.IsOpen ? "serving" : _close.IsCompleted ? "drained" : "draining";

    /// <summary>Begins; the end takes as long as connections need, at most the server's <c>ShutdownTimeout</c>.</summary>
    public void Begin()
    {
        rooms.Close();
        _close = server.CloseAsync();
    }

    /// <summary>Serves again.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await server.StartServingAsync(cancellationToken);
        rooms.Open();
    }
}
