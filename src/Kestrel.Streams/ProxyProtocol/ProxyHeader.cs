using System.Net;

namespace Kestrel.Streams;

/// <summary>
/// What a proxy has told about a connection before its first byte, in the PROXY protocol:
/// <c>stream.GetExtraInfo("proxy")</c> where <see cref="ProxyProtocolOptions"/> are set. asyncio has nothing like it.
/// </summary>
public sealed class ProxyHeader
{
    internal ProxyHeader(int version, ProxyCommand command, EndPoint? source, EndPoint? destination, IReadOnlyList<ProxyTlv> tlvs)
    {
        Version = version;
        Command = command;
        SourceEndPoint = source;
        DestinationEndPoint = destination;
        Tlvs = tlvs;
        Tls = tlvs.Find(ProxyTlvType.Ssl) is { } ssl ? ProxyClientTls.TryRead(ssl) : null;
    }

    /// <summary>The version of the protocol: 1, the line of text, or 2, the binary form.</summary>
    public int Version { get; }

    /// <summary>On whose behalf the proxy has connected. Version 1 knows its clients only.</summary>
    public ProxyCommand Command { get; }

    /// <summary>
    /// The client, as the proxy saw it: an <see cref="IPEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>. It is
    /// <see cref="ConnectionStream.RemoteEndPoint"/> too. Null where the proxy does not tell, as for its own health checks: then that is
    /// the address of the proxy.
    /// </summary>
    public EndPoint? SourceEndPoint { get; }

    /// <summary>The address that the client has connected to; it is <see cref="ConnectionStream.LocalEndPoint"/> too. Null with the other one.</summary>
    public EndPoint? DestinationEndPoint { get; }

    /// <summary>The host name that the client has asked for, over TLS its server name; null where the proxy does not tell.</summary>
    public string? Authority => Tlvs.FindText(ProxyTlvType.Authority);

    /// <summary>The protocol that the client and the proxy have agreed on (ALPN), such as <c>h2</c>; null where the proxy does not tell.</summary>
    public string? Alpn => Tlvs.FindText(ProxyTlvType.Alpn);

    /// <summary>The proxy's name for the connection, up to 128 bytes of any kind, to find it in the proxy's log; null where it does not tell.</summary>
    public ReadOnlyMemory<byte>? UniqueId => Tlvs.Find(ProxyTlvType.UniqueId);

    /// <summary>The network namespace that the client came by; null where the proxy does not tell.</summary>
    public string? NetworkNamespace => Tlvs.FindText(ProxyTlvType.NetworkNamespace);

    /// <summary>What the proxy tells of the client's TLS; null where it does not tell. See <see cref="ProxyClientTls.IsTls"/>.</summary>
    public ProxyClientTls? Tls { get; }

    /// <summary>All values behind the addresses, in their order, also those that are not named here; empty in version 1.</summary>
    public IReadOnlyList<ProxyTlv> Tlvs { get; }

    /// <summary>The text form: version, command and addresses.</summary>
    /// <returns>The text, for logs and people; its form may change.</returns>
    public override string ToString() =>
        SourceEndPoint is null ? $"PROXY v{Version} {Command}" : $"PROXY v{Version} {Command} {PrintableText.Of(SourceEndPoint)} -> {PrintableText.Of(DestinationEndPoint)}";
}
