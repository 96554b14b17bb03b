using System.Net;

namespace Kestrel.Streams;

/// <summary>End points as messages show them.</summary>
internal static class EndPointText
{
    /// <summary>As they write themselves, but a host name is <c>host:port</c> without its address family.</summary>
    public static string Describe(this EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint { Host: var host, Port: var port } when host.Contains(':', StringComparison.Ordinal) => $"[{host.Trim('[', ']')}]:{port}",
        DnsEndPoint { Host: var host, Port: var port } => $"{host}:{port}",
        _ => endPoint.ToString() ?? endPoint.GetType().Name,
    };
}
