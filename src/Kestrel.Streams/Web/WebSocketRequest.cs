using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;

namespace Kestrel.Streams;

/// <summary>An HTTP request for a stream over a WebSocket.</summary>
internal static class WebSocketRequest
{
    public static async Task ServeAsync<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        HttpContext http, Action<HttpContext, WebSocketAcceptContext>? configure)
        where THandler : StreamHandler
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(http).ConfigureAwait(false);
            return;
        }

        var accept = new WebSocketAcceptContext();
        configure?.Invoke(http, accept);
        await HandlerFactory<THandler>.UseAsync(http.RequestServices, handler => ServeAsync(http, accept, handler)).ConfigureAwait(false);
    }

    private static async Task ServeAsync(HttpContext http, WebSocketAcceptContext accept, StreamHandler handler)
    {
        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var socket = await http.WebSockets.AcceptWebSocketAsync(accept).ConfigureAwait(false);
        var facts = FactsOf(http);
        facts.Learn("subprotocol", socket.SubProtocol);
        var aborted = http.RequestAborted;
        var transport = new WebSocketTransport(
            socket, http.Abort, facts, () => aborted.IsCancellationRequested || facts.HasLostSocket(), goingAway: stopping);
        var stream = ConnectionStream.Create(transport, handler.StreamOptions, isServerSide: true, http.TraceIdentifier);
        try
        {
            await handler.ServeAsync(stream, stopping).ConfigureAwait(false);
        }
        finally
        {
            // The web server takes the connection back with the end of the request: the Close frames come first.
            await stream.WaitClosedAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Dictionary<string, object> FactsOf(HttpContext http)
    {
        var facts = ConnectionFacts.Of(http.Features);
        facts.Learn("sockname", http.LocalEndPoint());
        facts.Learn("peername", http.RemoteEndPoint());
        facts.Learn("user", http.User);
        facts.Learn("httpcontext", http);
        return facts;
    }

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        if (HttpProtocol.IsHttp11(http.Request.Protocol))
        {
            // Only HTTP/1.1 knows the upgrade that 426 asks for.
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers[HeaderNames.Upgrade] = "websocket";
            http.Response.Headers[HeaderNames.Connection] = HeaderNames.Upgrade;
        }

        http.Response.ContentType = "text/plain";
        return http.Response.WriteAsync("This path serves WebSockets with binary messages only: open one with ws:// or wss://.\n");
    }
}
