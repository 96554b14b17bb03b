using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams;

/// <summary>The span of a connection: from its accept to its close. The spans of its handler are its children.</summary>
internal static class ConnectionSpan
{
    private static readonly ActivitySource _source = new(StreamMeter.Name, typeof(ConnectionSpan).Assembly.GetName().Version?.ToString(3));

    /// <summary>Begins it, as the current one and under no other; null while nobody wants spans.</summary>
    public static Activity? Start(ServedConnection connection)
    {
        // A server may have been started within a span, and its connections are no part of that.
        if (Activity.Current is not null) Activity.Current = null;
        if (!_source.HasListeners()) return null;
        var transport = connection.Stream.Transport;
        var tags = new TagList
        {
            { Tags.Server, connection.Meter.Server },
            { Tags.Endpoint, connection.Meter.Endpoint },
            { Tags.ConnectionId, connection.Stream.Id },
        };
        Describe(transport.RemoteEndPoint, Tags.PeerAddress, Tags.PeerPort, ref tags);
        Describe(transport.LocalEndPoint, Tags.LocalAddress, Tags.LocalPort, ref tags);
        Describe((transport.LocalEndPoint ?? transport.RemoteEndPoint)?.AddressFamily, ref tags);
        return _source.StartActivity($"connection {connection.Meter.Server}", ActivityKind.Server, parentContext: default, tags);
    }

    /// <summary>The handler is called now: adds what has become known of the connection.</summary>
    public static void Admit(this Activity span, ConnectionStream stream)
    {
        // Behind a proxy the peer is the proxy, and the client is who it speaks for.
        if (stream.RemoteEndPoint is IPEndPoint client && !client.Equals(stream.Transport.RemoteEndPoint))
            span.SetTag(Tags.ClientAddress, client.Address.ToString()).SetTag(Tags.ClientPort, client.Port);
        if (stream.TlsVersion() is { } version) span.SetTag(Tags.TlsVersion, version);
    }

    /// <summary>Adds why there was no handler, or what it failed with: only that is an error.</summary>
    public static void Conclude(this Activity span, string? rejection, Exception? error)
    {
        if (rejection is not null) span.SetTag(Tags.Reason, rejection);
        if (error is null) return;
        span.SetTag(Tags.ErrorType, error.GetType().FullName).SetStatus(ActivityStatusCode.Error, error.Message).AddException(error);
    }

    /// <summary>The version of TLS as OpenTelemetry writes it; null where there is none.</summary>
    public static string? TlsVersion(this ConnectionStream stream) => stream.Tls?.SslProtocol switch
    {
        null => null,
        SslProtocols.Tls12 => "1.2",
        SslProtocols.Tls13 => "1.3",
        var other => other.ToString(),
    };

    private static void Describe(EndPoint? endPoint, string address, string port, ref TagList tags)
    {
        if (endPoint is IPEndPoint ip)
        {
            tags.Add(address, ip.Address.ToString());
            tags.Add(port, ip.Port);
        }
        else if (PrintableText.Of(endPoint) is { Length: > 0 } path)
        {
            tags.Add(address, path);
        }
    }

    private static void Describe(AddressFamily? family, ref TagList tags)
    {
        switch (family)
        {
            case AddressFamily.Unix:
                tags.Add(Tags.Transport, "unix");
                break;
            case AddressFamily.InterNetwork or AddressFamily.InterNetworkV6:
                tags.Add(Tags.Transport, "tcp");
                tags.Add(Tags.NetworkType, family is AddressFamily.InterNetwork ? "ipv4" : "ipv6");
                break;
        }
    }
}
