namespace Kestrel.Streams;

/// <content>Who may connect, and who is believed about whom.</content>
public partial class StreamServerOptions
{
    /// <summary>
    /// That the connections come through a proxy, which tells the client's address in the PROXY protocol; null, they do not, unless set.
    /// From then on a connection without a header is refused. <see cref="ConnectionStream.RemoteEndPoint"/> is the client then.
    /// </summary>
    /// <remarks>The header comes before a TLS handshake, and <see cref="MaxConnectionsPerAddress"/> counts the addresses that it tells.</remarks>
    public ProxyProtocolOptions? ProxyProtocol { get; set; }

    /// <summary>
    /// The mode of the file of a Unix socket, which is set before anybody can connect, whatever the umask: to connect takes the right to
    /// write. Null, for the owner alone (0600), or for the owner and the group (0660) where <see cref="UnixGroup"/> is given, unless set.
    /// asyncio leaves it to the umask.
    /// </summary>
    /// <remarks>It is for the files that the server makes: not for abstract names, and not for sockets that are bound already.</remarks>
    public UnixFileMode? UnixFileMode { get; set; }

    /// <summary>
    /// The group of the file of a Unix socket, by name or by number, which is set before anybody can connect; null, the one that the
    /// system gives to it, unless set. The user of the process must be a member of it, or root.
    /// </summary>
    /// <remarks>As <see cref="UnixFileMode"/>, it is for the files that the server makes. An unknown group fails the bind.</remarks>
    public string? UnixGroup { get; set; }

    /// <summary>
    /// Chooses by the peer of a Unix socket, as the kernel knows it, whether it is served; null, whoever can connect, unless set. A peer
    /// that is not allowed, or at which the filter throws, is disconnected with one line in the log.
    /// </summary>
    /// <remarks>
    /// It is called once for each connection, before a byte is read, beside itself for others, and should not block. It also chooses
    /// at abstract names, to which every user of the machine can connect.
    /// </remarks>
    public Func<UnixPeerCredentials, bool>? AllowPeer { get; set; }
}
