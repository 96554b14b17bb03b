using System.Net;
using Microsoft.AspNetCore.Http;

namespace Kestrel.Streams;

/// <summary>The two ends of an HTTP request, as the middleware before has left them: behind a proxy the forwarded ones.</summary>
internal static class HttpEndPoints
{
    public static EndPoint? LocalEndPoint(this HttpContext http) => EndPointOf(http.Connection.LocalIpAddress, http.Connection.LocalPort);

    public static EndPoint? RemoteEndPoint(this HttpContext http) => EndPointOf(http.Connection.RemoteIpAddress, http.Connection.RemotePort);

    private static IPEndPoint? EndPointOf(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address, port);
}
