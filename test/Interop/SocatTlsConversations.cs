namespace Kestrel.Streams.Tests;

public sealed class SocatConnectsOverTls13(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Connects, new TlsTerms(certificates));

public sealed class SocatConnectsOverTls12(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Connects, new TlsTerms(certificates, TlsVersion.Tls12));

public sealed class SocatConnectsOverMutualTls(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Connects, new TlsTerms(certificates) { Mutual = true });

public sealed class SocatListensOverTls13(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Listens, new TlsTerms(certificates));

public sealed class SocatListensOverTls12(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Listens, new TlsTerms(certificates, TlsVersion.Tls12));

public sealed class SocatListensOverMutualTls(Certificates certificates)
    : ToolConversations(new Socat(), Network.Tcp, PeerSide.Listens, new TlsTerms(certificates) { Mutual = true });
