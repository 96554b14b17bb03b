using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The BCL's end of a TLS connection.</summary>
internal static class TlsServer
{
    /// <summary>Accepts a connection and shakes hands on it.</summary>
    public static async Task<SslStream> AcceptTlsAsync(this Listener listener, SslServerAuthenticationOptions? options = null) =>
        await ShakeHandsAsync(await listener.AcceptAsync(), options);

    /// <summary>Shakes hands on an accepted connection.</summary>
    public static async Task<SslStream> ShakeHandsAsync(Socket peer, SslServerAuthenticationOptions? options = null)
    {
        var tls = new SslStream(new NetworkStream(peer));
        await tls.AuthenticateAsServerAsync(options ?? new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server }).Within();
        return tls;
    }

    /// <summary>The client's socket is closed: what it has sent ends, in whatever way.</summary>
    public static async Task AssertGoneAsync(Socket peer)
    {
        try
        {
            while (await peer.ReceiveAsync(new byte[1000]).Within() > 0)
            {
            }
        }
        catch (SocketException gone)
        {
            Assert.Equal(SocketError.ConnectionReset, gone.SocketErrorCode);
        }
    }

    /// <summary>Says a line each way.</summary>
    public static async Task TalkAsync(this SslStream server, ConnectionStream stream)
    {
        await stream.WriteAsync("ping\n").Within();
        var buffer = new byte[5];
        await server.ReadExactlyAsync(buffer).Within();
        Assert.Equal("ping\n", Encoding.UTF8.GetString(buffer));
        await server.WriteAsync("pong\n"u8.ToArray()).Within();
        Assert.Equal("pong\n"u8.ToArray(), await stream.ReadLineAsync().Within());
    }
}
