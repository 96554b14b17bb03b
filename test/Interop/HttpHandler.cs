using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>As much of HTTP as lines and counts make: what is posted comes back, and a GET is told what it asked for.</summary>
internal static class HttpHandler
{
    public static async Task HandleAsync(ConnectionStream stream)
    {
        while (await stream.ReadLineAsync(Encoding.ASCII).Within() is { } request)
        {
            var headers = await ReadHeadersAsync(stream);
            if (headers.ContainsKey("Expect"))
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n").Within();
            var body = headers.TryGetValue("Content-Length", out var length)
                ? await stream.ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture)).Within()
                : Encoding.ASCII.GetBytes($"{request}\n");

            // HTTP/1.0 has no second request, and the end of the connection for a length.
            var once = request.EndsWith("HTTP/1.0", StringComparison.Ordinal);
            await stream.WriteAsync(once ? "HTTP/1.0 200 OK\r\n\r\n" : $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n").Within();
            await stream.WriteAsync(body).Within();
            if (once)
                return;
        }
    }

    private static async Task<Dictionary<string, string>> ReadHeadersAsync(ConnectionStream stream)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await stream.ReadLineAsync(Encoding.ASCII).Within() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return headers;
    }
}
