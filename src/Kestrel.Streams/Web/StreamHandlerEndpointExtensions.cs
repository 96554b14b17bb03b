using System.Diagnostics.CodeAnalysis;
using Kestrel.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Stream handlers on the paths of a web application, over WebSockets.</summary>
public static class StreamHandlerEndpointExtensions
{
    /// <summary>
    /// Serves every WebSocket at a path with a handler of its own, in the service scope of its request:
    /// <c>app.MapStreamHandler&lt;EchoHandler&gt;("/echo")</c>.
    /// </summary>
    /// <remarks>
    /// <para>The stream is what the binary messages carry; where one ends and the next begins means nothing. A text message ends the
    /// connection with status 1003. The peer's Close frame is the end of the input; when the handler returns, the peer gets a Close frame
    /// with status 1000, and when it throws, none: so a cut answer never looks whole.</para>
    /// <para>It is an endpoint as any other: <c>RequireAuthorization()</c>, <c>RequireRateLimiting()</c> and the like work, and
    /// <see cref="ConnectionStream.GetExtraInfo"/> gives the user (a <see cref="System.Security.Claims.ClaimsPrincipal"/>) for <c>user</c>,
    /// the request for <c>httpcontext</c>, and the sub-protocol that was agreed on for <c>subprotocol</c>. A request that is no WebSocket is
    /// answered with 426 or 400.</para>
    /// <para>When the application stops, <c>stopping</c> fires and the input ends; the handler can still write its last answer, and the peer
    /// gets status 1001. A connection that is still there at the end of the host's shutdown timeout is cut by the web server.</para>
    /// <para>Browsers let every page on the web open a WebSocket to anywhere, with the user's cookies: name the origins that you trust with
    /// <c>app.UseWebSockets(new WebSocketOptions { AllowedOrigins = { "https://example.com" } })</c>.</para>
    /// </remarks>
    /// <typeparam name="THandler">
    /// The handler: the one that is registered as a service, or one whose constructor is given services, and which is disposed when its
    /// connection is over.
    /// </typeparam>
    /// <param name="endpoints">The application, or a group of its routes.</param>
    /// <param name="pattern">The path, a route pattern; <c>httpcontext</c> has the route values.</param>
    /// <param name="configure">
    /// Sets for one request how its WebSocket is accepted: the sub-protocol, one of <c>http.WebSockets.WebSocketRequestedProtocols</c>,
    /// keep-alive, compression; null for the defaults.
    /// </param>
    /// <returns>The endpoint, to add conventions to.</returns>
    /// <exception cref="ArgumentNullException">There is no application, or no pattern.</exception>
    public static IEndpointConventionBuilder MapStreamHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Action<HttpContext, WebSocketAcceptContext>? configure = null)
        where THandler : StreamHandler
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        // In a branch of its own, where the application's own UseWebSockets, if there is one, goes before this one.
        var branch = endpoints.CreateApplicationBuilder();
        branch.UseWebSockets();
        branch.Run(http => WebSocketRequest.ServeAsync<THandler>(http, configure));
        return endpoints.Map(pattern, branch.Build()).WithDisplayName($"{pattern} (WebSocket, {typeof(THandler).Name})");
    }
}
