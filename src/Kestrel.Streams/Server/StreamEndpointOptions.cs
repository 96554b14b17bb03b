using System.Net.Security;

namespace Kestrel.Streams;

/// <summary>One address of a server of <c>AddStreamServer</c>, and what is special to it.</summary>
public class StreamEndpointOptions
{
    /// <summary>The name in logs, metrics and traces; null, the <see cref="Url"/>, unless set. The configuration gives its key.</summary>
    public string? Name { get; set; }

    /// <summary>The address.</summary>
    /// <remarks>
    /// <para><c>tcp://host:port</c> or <c>tls://host:port</c>: a host name, an IPv4 address, an IPv6 address in brackets, or <c>*</c> for all
    /// interfaces; port 0 for a free one, which <see cref="StreamServerBase.EndPoints"/> tells.</para>
    /// <para><c>unix:/run/echo.sock</c> or <c>unix:@name</c>, a name in the abstract namespace of Linux.</para>
    /// <para><c>fd:3</c>: a listening socket that this process was started with. <c>systemd:name</c>: the sockets of that
    /// <c>FileDescriptorName</c> from a systemd socket unit.</para>
    /// </remarks>
    public string? Url { get; set; }

    /// <summary>Where in the configuration it stands; null for one of the code.</summary>
    internal string? Section { get; set; }

    /// <summary>Whether something is wrong with it that is told already.</summary>
    internal bool IsFaulty { get; set; }

    /// <summary>TLS for this endpoint, in place of <see cref="StreamServerOptions.Tls"/>; null, that one for a <c>tls://</c> address, unless set.</summary>
    public SslServerAuthenticationOptions? Tls { get; set; }

    /// <summary>The PROXY protocol for this endpoint, in place of <see cref="StreamServerOptions.ProxyProtocol"/>; null, that one, unless set.</summary>
    public ProxyProtocolOptions? ProxyProtocol { get; set; }

    /// <summary>The mode of the file of this Unix socket, in place of <see cref="StreamServerOptions.UnixFileMode"/>; null, that one, unless set.</summary>
    public UnixFileMode? UnixFileMode { get; set; }

    /// <summary>The group of the file of this Unix socket, in place of <see cref="StreamServerOptions.UnixGroup"/>; null, that one, unless set.</summary>
    public string? UnixGroup { get; set; }

    /// <summary>Who may connect to this Unix socket, in place of <see cref="StreamServerOptions.AllowPeer"/>; null, that one, unless set.</summary>
    public Func<UnixPeerCredentials, bool>? AllowPeer { get; set; }
}
