using System.Diagnostics.CodeAnalysis;
using Kestrel.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Connections;

/// <summary>Stream handlers on the endpoints of the web application's own Kestrel.</summary>
public static class ConnectionBuilderStreamExtensions
{
    /// <summary>
    /// Serves every connection of an endpoint with a handler of its own, in a service scope of its own:
    /// <c>kestrel.ListenAnyIP(8888, listen =&gt; listen.UseStreamHandler&lt;EchoHandler&gt;())</c>. It comes last: <c>UseHttps</c> and
    /// <c>UseConnectionLogging</c> go before it.
    /// </summary>
    /// <remarks>
    /// <para>The framework's <c>UseConnectionHandler&lt;THandler&gt;()</c> works too; it makes one handler for all connections, and no scope.</para>
    /// <para>Such a connection crosses the pipes of Kestrel: its output cannot end alone. For lines and frames at full speed, with half-close,
    /// take <see cref="StreamServer"/>.</para>
    /// </remarks>
    /// <typeparam name="THandler">
    /// The handler: the one that is registered as a service, or one whose constructor is given services, and which is disposed when its
    /// connection is over.
    /// </typeparam>
    /// <param name="builder">The endpoint: the <c>ListenOptions</c> of Kestrel.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="ArgumentNullException">There is no endpoint.</exception>
    public static IConnectionBuilder UseStreamHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IConnectionBuilder builder)
        where THandler : StreamHandler
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.ApplicationServices;
        return builder.Run(async connection =>
        {
            var scope = services.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                await HandlerFactory<THandler>.UseAsync(scope.ServiceProvider, handler => handler.OnConnectedAsync(connection))
                    .ConfigureAwait(false);
            }
        });
    }
}
