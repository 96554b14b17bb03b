using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Kestrel.Streams;

/// <summary>
/// What the features of a connection tell, under the names of <see cref="ConnectionStream.GetExtraInfo"/>. Kept, because a connection
/// that is over forgets it.
/// </summary>
internal static class ConnectionFacts
{
    public static Dictionary<string, object> Of(IFeatureCollection features)
    {
        var facts = new Dictionary<string, object>(StringComparer.Ordinal);
        if (features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            facts.Learn("socket", socket);
            facts.Learn("peercred", UnixPeerCredentials.Of(socket));
        }

        facts.Learn("ssl_object", features.Get<ISslStreamFeature>()?.SslStream);
        facts.Learn("cipher", features.Get<ITlsHandshakeFeature>()?.NegotiatedCipherSuite);
        facts.Learn("peercert", features.Get<ITlsConnectionFeature>()?.ClientCertificate);
        facts.Learn("user", features.Get<IConnectionUserFeature>()?.User);
        facts.Learn("httpcontext", features.Get<IHttpContextFeature>()?.HttpContext);
        return facts;
    }

    /// <summary>
    /// Whether the socket is there no more. Kestrel disposes it before it lets go of a send that waits for a peer that is gone, and nothing
    /// else tells in time: over TLS, and over an upgraded HTTP connection, such a send ends as if all were well.
    /// </summary>
    public static bool HasLostSocket(this Dictionary<string, object> facts) => facts.GetValueOrDefault("socket") is Socket { Connected: false };

    /// <summary>Keeps what is known, and nothing for what is not.</summary>
    public static void Learn(this Dictionary<string, object> facts, string name, object? value)
    {
        if (value is not null) facts[name] = value;
    }
}
