using System.Net;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>Who may take the node out of service: whoever is at this machine. The page is for everybody who chats, and asks for no password.</summary>
internal static class Operators
{
    /// <summary>Whether a request comes from this machine, to one of its own names, and through no proxy.</summary>
    public static bool IsOne(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && http.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]"
        && !http.Request.Headers.ContainsKey("X-Forwarded-For");

    /// <summary>Refuses everybody else.</summary>
    public static RouteGroupBuilder ForOperators(this WebApplication app)
    {
        var group = app.MapGroup("");
        group.AddEndpointFilter(static async (invocation, next) => IsOne(invocation.HttpContext)
            ? await next(invocation)
            : Results.Text("Only from the machine of the node: on its own page, or by curl there.\n", statusCode: StatusCodes.Status403Forbidden));
        return group;
    }
}
