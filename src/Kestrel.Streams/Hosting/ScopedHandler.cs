using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams;

/// <summary>Handlers that live in a DI scope of their own for each connection.</summary>
internal static class ScopedHandler
{
    public static ClientConnected Of(Func<ConnectionStream, IServiceProvider, CancellationToken, Task> clientConnected, IServiceScopeFactory scopes) => new(
        async (stream, stopping) =>
        {
            var scope = scopes.CreateAsyncScope();
            await using var end = scope.ConfigureAwait(false);
            await clientConnected(stream, scope.ServiceProvider, stopping).ConfigureAwait(false);
        },
        ClientConnected.NameOf(clientConnected.Method));

    public static ClientConnected Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(IServiceScopeFactory scopes)
        where THandler : StreamHandler => new(
        async (stream, stopping) =>
        {
            var scope = scopes.CreateAsyncScope();
            await using var end = scope.ConfigureAwait(false);
            await HandlerFactory<THandler>.UseAsync(scope.ServiceProvider, handler =>
            {
                if (handler.GivenOptions is { } options) stream.Adopt(options);
                return handler.CallAsync(stream, stopping);
            }).ConfigureAwait(false);
        },
        typeof(THandler).ToString());
}
