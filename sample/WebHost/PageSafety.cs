namespace Kestrel.Streams.Samples.WebHost;

/// <summary>What keeps other pages of the web off this one.</summary>
internal static class PageSafety
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>
    /// The page runs its own scripts only, and is shown in no other page. And no other page may chat in its reader's name, or drain the
    /// node: a browser lets every page open a WebSocket, and post, to anywhere, but says where the request comes from. A page whose name
    /// was made to lead here would say that it comes from here: <c>AllowedHosts</c> refuses its name.
    /// </summary>
    public static void UsePageSafety(this WebApplication app) => app.Use(static (http, next) =>
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (IsOfThisHost(http.Request)) return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return http.Response.WriteAsync($"A page of another origin may not do this: only one of {http.Request.Host} may.\n");
    });

    private static bool IsOfThisHost(HttpRequest request) => request.Headers.Origin is not [{ } origin]
        || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
