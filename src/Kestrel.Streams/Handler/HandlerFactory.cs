using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams;

/// <summary>The handler of one connection, out of the scope of that connection.</summary>
/// <typeparam name="THandler">The handler.</typeparam>
internal static class HandlerFactory<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>
    where THandler : StreamHandler
{
    /// <summary>Serves with the handler that is registered, or with one that is made of what is registered, and disposed at the end.</summary>
    public static async Task UseAsync(IServiceProvider scope, Func<THandler, Task> serve)
    {
        if (scope.GetService<THandler>() is { } registered)
        {
            await serve(registered).ConfigureAwait(false);
            return;
        }

        var handler = ActivatorUtilities.CreateInstance<THandler>(scope);
        try
        {
            await serve(handler).ConfigureAwait(false);
        }
        finally
        {
            if (handler is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync().ConfigureAwait(false);
            else if (handler is IDisposable disposable) disposable.Dispose();
        }
    }
}
