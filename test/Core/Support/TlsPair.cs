using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>Two connected streams that can be upgraded.</summary>
internal sealed class TlsPair((ConnectionStream Client, ConnectionStream Server) pair) : IAsyncDisposable
{
    public static SslServerAuthenticationOptions ServerOptions => new() { ServerCertificate = TestCertificates.Server };

    public static SslClientAuthenticationOptions ClientOptions => new()
    {
        TargetHost = "localhost",
        CertificateChainPolicy = TestCertificates.TrustAuthority,
    };

    public ConnectionStream Client => pair.Client;

    public ConnectionStream Server => pair.Server;

    public ConnectionStream[] Both => [Client, Server];

    public static async Task<TlsPair> TcpAsync()
    {
        var (client, server) = await Streams.TcpPairAsync();
        return new TlsPair((ConnectionStream.Create(StreamTransport.FromSocket(client)), ConnectionStream.Create(StreamTransport.FromSocket(server))));
    }

    public void Deconstruct(out ConnectionStream client, out ConnectionStream server) => (client, server) = pair;

    public Task UpgradeAsync(SslProtocols protocol = SslProtocols.None)
    {
        var options = ClientOptions;
        options.EnabledSslProtocols = protocol;
        return Task.WhenAll(Client.StartTlsAsync(options).AsTask(), Server.StartTlsAsync(ServerOptions).AsTask()).Within();
    }

    /// <summary>Each end hears the other one.</summary>
    public async Task TalkAsync()
    {
        foreach (var (speaker, listener) in new[] { (Client, Server), (Server, Client) })
        {
            await speaker.WriteAsync("hello\n").Within();
            Assert.Equal("hello", await listener.ReadLineAsync(Encoding.UTF8).Within());
        }
    }

    /// <summary>The client closes, the server sees a clean end and closes too.</summary>
    public async Task EndAsync()
    {
        await Client.CloseAsync().Within();
        Assert.Empty(await Server.ReadAsync().Within());
        await Server.CloseAsync().Within();
    }

    public async ValueTask DisposeAsync()
    {
        await Client.AbortAsync().Within();
        await Server.AbortAsync().Within();
    }
}
