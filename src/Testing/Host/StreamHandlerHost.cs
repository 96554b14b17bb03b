using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Testing;

/// <summary>
/// Serves connections in memory with a <see cref="StreamHandler"/>, as <c>AddStreamServer</c> does over sockets: each with a handler of its
/// own, out of a DI scope of its own, whose stream is closed when the handler returns and aborted when it throws.
/// </summary>
/// <remarks>
/// <para>The limits and timeouts of a server are not a part of it: they belong to <see cref="StreamServerOptions"/> and want a socket.</para>
/// <para>Its members may be called from anywhere, beside each other. Disposing it ends what is left as
/// <see cref="HandledConnection.DisposeAsync"/> does, and disposes the services.</para>
/// </remarks>
/// <typeparam name="THandler">
/// The handler: the one that is registered as a service, or one whose constructor is given services, and which is disposed when its
/// connection is over.
/// </typeparam>
public sealed class StreamHandlerHost<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler> : IAsyncDisposable
    where THandler : StreamHandler
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<HandledConnection> _connections = [];
    private bool _isClosed;

    /// <summary>Makes a host; nothing runs before the first connection.</summary>
    /// <param name="configureServices">Registers what the handler needs; null for nothing. Logging is registered already, and goes nowhere unless a provider is added.</param>
    /// <exception cref="AggregateException">A service that is registered cannot be made.</exception>
    public StreamHandlerHost(Action<IServiceCollection>? configureServices = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        configureServices?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    /// <summary>The services, for what the handler shares with the test.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Connects a client: a handler serves it from now on.</summary>
    /// <param name="options">What lies between the two, and who the client is; null for a connection on which nothing goes wrong.</param>
    /// <returns>The connection. It belongs to the host as well, which disposes it at the latest.</returns>
    /// <exception cref="InvalidOperationException">The host stops, or has stopped.</exception>
    public HandledConnection Connect(StreamPairOptions? options = null)
    {
        lock (_gate)
        {
            if (_isClosed)
                throw new InvalidOperationException("The host has stopped and takes no connection any more: connect before StopAsync.");
            var (client, server) = StreamPair.Create(options);
            var connection = new HandledConnection(client, Task.Run(() => ServeAsync(server)));
            _connections.Add(connection);
            return connection;
        }
    }

    /// <summary>
    /// Stops as a server does: the handlers see <c>stopping</c> fire and then the end of their input, can still write their last answer, and
    /// are awaited. May be called again.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting; the handlers go on.</param>
    /// <returns>The end: all handlers are over.</returns>
    /// <exception cref="Exception">What a handler failed with; the first one, where there are several.</exception>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        Task[] handlers;
        lock (_gate)
        {
            _isClosed = true;
            _ = _stopping.CancelAsync();
            handlers = [.. _connections.Select(static connection => connection.Completion)];
        }

        await Task.WhenAll(handlers).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Aborts what is still connected, waits for the handlers, and disposes the services.</summary>
    /// <returns>The end: nothing is left.</returns>
    /// <exception cref="TimeoutException">A handler still runs 30 seconds after its connection was aborted.</exception>
    public async ValueTask DisposeAsync()
    {
        HandledConnection[] connections;
        lock (_gate)
        {
            _isClosed = true;
            connections = [.. _connections];
        }

        foreach (var connection in connections) await connection.DisposeAsync().ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task ServeAsync(ConnectionStream stream)
    {
        try
        {
            var scope = _services.CreateAsyncScope();
            await using var end = scope.ConfigureAwait(false);
            await HandlerFactory<THandler>.UseAsync(scope.ServiceProvider, handler =>
            {
                if (handler.GivenOptions is { } options) stream.Adopt(options);
                return handler.ServeAsync(stream, _stopping.Token);
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Also of a handler that could not be made, which would have done it.
            stream.Abort(e);
            throw;
        }
    }
}
