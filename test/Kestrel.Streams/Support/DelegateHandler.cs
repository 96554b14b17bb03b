namespace Kestrel.Streams.Tests;

/// <summary>A handler as a user derives it, for any Kestrel.</summary>
public sealed class DelegateHandler(Func<ConnectionStream, CancellationToken, Task> serve) : StreamHandler
{
    protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => serve(stream, stopping);
}
