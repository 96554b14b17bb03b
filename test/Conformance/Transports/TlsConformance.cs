using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>The output of a TLS session cannot end alone.</summary>
public abstract class TlsConformance(SslProtocols protocol) : StreamConformance
{
    protected override bool CanHalfClose => false;

    protected override bool IsSecure => true;

    protected SslServerAuthenticationOptions ServerOptions => new()
    {
        ServerCertificate = TestCertificates.Server,
        EnabledSslProtocols = protocol,
    };

    protected SslClientAuthenticationOptions ClientOptions => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = protocol,
        CertificateChainPolicy = TestCertificates.TrustAuthority,
    };
}

/// <summary>The stream is the server's side.</summary>
public abstract class TlsServerConformance(SslProtocols protocol) : TlsConformance(protocol)
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        var stream = ConnectionStream.Create(StreamTransport.FromSocket(accepted), options);
        var peer = new SslStream(new NetworkStream(connecting));
        await Task.WhenAll(stream.StartTlsAsync(ServerOptions).AsTask(), peer.AuthenticateAsClientAsync(ClientOptions)).Within();
        return new Pair(stream, new TlsPeer(connecting, peer));
    }
}

/// <summary>The stream is the client's side.</summary>
public abstract class TlsClientConformance(SslProtocols protocol) : TlsConformance(protocol)
{
    protected override async Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null)
    {
        var (connecting, accepted) = await ConnectedSockets.TcpAsync();
        var stream = ConnectionStream.Create(StreamTransport.FromSocket(connecting), options);
        var peer = new SslStream(new NetworkStream(accepted));
        await Task.WhenAll(stream.StartTlsAsync(ClientOptions).AsTask(), peer.AuthenticateAsServerAsync(ServerOptions)).Within();
        return new Pair(stream, new TlsPeer(accepted, peer));
    }
}

public sealed class Tls12ServerConformance() : TlsServerConformance(SslProtocols.Tls12);

public sealed class Tls12ClientConformance() : TlsClientConformance(SslProtocols.Tls12);

public sealed class Tls13ServerConformance() : TlsServerConformance(SslProtocols.Tls13);

public sealed class Tls13ClientConformance() : TlsClientConformance(SslProtocols.Tls13);
