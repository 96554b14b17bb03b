using System.IO.Pipes;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

/// <summary>The names that get_extra_info knows, and start_tls, which brings some of them.</summary>
public class GetExtraInfoTests
{
    [Fact]
    public async Task Peername_sockname_and_socket()
    {
        var (stream, peer) = await Meeting.ConnectAsync();
        await using var closing = stream;
        using var other = peer;
        Assert.Equal(peer.LocalEndPoint, stream.GetExtraInfo("peername"));
        Assert.Equal(peer.RemoteEndPoint, stream.GetExtraInfo("sockname"));
        Assert.IsType<Socket>(stream.GetExtraInfo("socket"));
    }

    [Fact]
    public async Task The_default()
    {
        var (stream, peer) = await Meeting.ConnectAsync();
        await using var closing = stream;
        using var other = peer;
        Assert.Null(stream.GetExtraInfo("no such name"));
        Assert.Equal(1, stream.GetExtraInfo("no such name", 1));
    }

    [Fact]
    public async Task Compression_cipher_peercert_sslcontext_and_ssl_object()
    {
        await using var server = await Meeting.EchoServerAsync("localhost", new StreamServerOptions { Tls = Meeting.ServerTls });
        await using var stream = await StreamClient.ConnectAsync("localhost", server.Port(), new StreamClientOptions { Tls = Meeting.ClientTls }).Within();
        Assert.Null(stream.GetExtraInfo("compression"));
        Assert.IsType<TlsCipherSuite>(stream.GetExtraInfo("cipher"));
        Assert.Equal("CN=localhost", Assert.IsType<X509Certificate2>(stream.GetExtraInfo("peercert")).Subject);
        Assert.IsType<SslClientAuthenticationOptions>(stream.GetExtraInfo("sslcontext"));
        Assert.IsType<SslStream>(stream.GetExtraInfo("ssl_object"));
    }

    [Fact]
    public async Task Pipe()
    {
        using var source = new AnonymousPipeServerStream(PipeDirection.Out);
        using var sink = new AnonymousPipeClientStream(PipeDirection.In, source.ClientSafePipeHandle);
        await using var stream = await StreamClient.ConnectReadPipeAsync(sink).Within();
        Assert.Same(sink, stream.GetExtraInfo("pipe"));
    }

    [Fact]
    public async Task Start_tls()
    {
        await using var server = new StreamServer(
            async stream =>
            {
                await stream.ReadLineAsync();
                await stream.WriteAsync("go ahead\n");
                await stream.StartTlsAsync(Meeting.ServerTls);
                await Meeting.EchoAsync(stream);
            },
            "127.0.0.1");
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();
        await client.WriteAsync("STARTTLS\n").Within();
        Assert.Equal("go ahead\n", (await client.ReadLineAsync().Within()).Text());
        var tls = Meeting.ClientTls;
        tls.TargetHost = "localhost";
        await client.StartTlsAsync(tls).Within();
        await client.HearsItselfAsync();
    }
}
