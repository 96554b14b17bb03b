using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What the tests of the page need to meet over real sockets.</summary>
internal static class Meeting
{
    public static SslServerAuthenticationOptions ServerTls => new() { ServerCertificate = TestCertificates.Server };

    public static SslClientAuthenticationOptions ClientTls => new() { CertificateChainPolicy = TestCertificates.TrustAuthority };

    /// <summary>A path for a Unix socket that nobody else has.</summary>
    public static string NewPath() => Path.Combine(Path.GetTempPath(), $"ks-{Guid.NewGuid():N}");

    /// <summary>Says every line again.</summary>
    public static async Task EchoAsync(ConnectionStream stream)
    {
        await foreach (var line in stream.ReadLinesAsync()) await stream.WriteAsync(line);
    }

    public static async Task<StreamServer> EchoServerAsync(string host = "127.0.0.1", StreamServerOptions? options = null)
    {
        var server = new StreamServer(EchoAsync, host, 0, options);
        await server.StartServingAsync().Within();
        return server;
    }

    public static async Task<UnixStreamServer> UnixEchoServerAsync(StreamServerOptions? options = null)
    {
        var server = new UnixStreamServer(EchoAsync, NewPath(), options);
        await server.StartServingAsync().Within();
        return server;
    }

    public static int Port(this StreamServerBase server) => ((IPEndPoint)server.EndPoints[0]).Port;

    public static string SocketPath(this UnixStreamServer server) => server.EndPoints[0].ToString()!;

    public static async Task HearsItselfAsync(this ConnectionStream stream)
    {
        await stream.WriteAsync("hello\n").Within();
        Assert.Equal("hello", await stream.ReadLineAsync(Encoding.UTF8).Within());
    }

    /// <summary>A stream and the raw socket at its other end.</summary>
    public static async Task<(ConnectionStream Stream, Socket Peer)> ConnectAsync(int limit = ConnectionStream.DefaultLimit)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var stream = await StreamClient.ConnectAsync(listener.LocalEndpoint, new StreamClientOptions { Limit = limit }).Within();
        return (stream, await listener.AcceptSocketAsync().Within());
    }

    public static async Task SayAsync(this Socket peer, string text) =>
        Assert.Equal(text.Length, await peer.SendAsync(Encoding.ASCII.GetBytes(text)).Within());

    public static async Task<string> HearAsync(this Socket peer, int count)
    {
        var heard = new byte[count];
        for (var have = 0; have < count;)
        {
            var more = await peer.ReceiveAsync(heard.AsMemory(have)).Within();
            if (more == 0) return Encoding.ASCII.GetString(heard, 0, have);
            have += more;
        }

        return Encoding.ASCII.GetString(heard);
    }

    public static string Text(this byte[] data) => Encoding.ASCII.GetString(data);
}
