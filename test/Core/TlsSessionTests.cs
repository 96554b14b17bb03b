using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kestrel.Streams.Tests;

public class TlsSessionTests
{
    [Fact]
    public async Task The_names_of_asyncio_tell_about_the_session_also_after_the_close()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        Assert.Null(client.GetExtraInfo("ssl_object"));
        await pair.UpgradeAsync();

        foreach (var closed in new[] { false, true })
        {
            if (closed) await pair.EndAsync();
            Assert.IsType<TlsCipherSuite>(client.GetExtraInfo("cipher"));
            Assert.Equal("none", client.GetExtraInfo("compression", "none"));
            Assert.Equal(TestCertificates.Server.Thumbprint, Assert.IsType<X509Certificate2>(client.GetExtraInfo("peercert")).Thumbprint);
            Assert.Null(server.GetExtraInfo("peercert"));
            Assert.IsType<SslClientAuthenticationOptions>(client.GetExtraInfo("sslcontext"));
            Assert.IsType<SslServerAuthenticationOptions>(server.GetExtraInfo("sslcontext"));
            Assert.Same(client.Tls, client.GetExtraInfo("ssl_object"));
            Assert.IsType<Socket>(client.GetExtraInfo("socket"));
            Assert.Equal(client.RemoteEndPoint, server.LocalEndPoint);
        }
    }

    [Fact]
    public async Task An_end_without_close_notify_is_an_error_to_the_reader()
    {
        var (one, other) = await Streams.TcpPairAsync();
        await using var client = ConnectionStream.Create(StreamTransport.FromSocket(one));
        await using var server = new SslStream(new NetworkStream(other));
        await Task.WhenAll(client.StartTlsAsync(TlsPair.ClientOptions).AsTask(), server.AuthenticateAsServerAsync(TlsPair.ServerOptions)).Within();

        await server.WriteAsync("a whole line\nhalf a"u8.ToArray());
        other.Shutdown(SocketShutdown.Send);

        Assert.Equal("a whole line", await client.ReadLineAsync(Encoding.UTF8).Within());
        var cut = await Assert.ThrowsAsync<IOException>(() => client.ReadLineAsync().Within());
        Assert.Contains("close_notify", cut.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(cut.InnerException);
        Assert.False(client.AtEof);
        await Assert.ThrowsAsync<IOException>(() => client.WriteAsync("once broken, always broken").Within());
    }

    [Fact]
    public async Task An_end_in_the_middle_of_a_record_is_an_error_to_the_reader()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        await pair.UpgradeAsync();
        await client.Socket!.SendAsync(new byte[] { 23, 3, 3, 0, 100, 1 });
        client.Socket.Shutdown(SocketShutdown.Send);

        var cut = await Assert.ThrowsAsync<IOException>(() => server.ReadLineAsync().Within());
        Assert.Contains("close_notify", cut.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_record_break_the_connection()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        await pair.UpgradeAsync();
        await client.Socket!.SendAsync(Encoding.ASCII.GetBytes("plaintext in the middle of a session\n"));

        await Assert.ThrowsAsync<IOException>(() => server.ReadLineAsync().Within());
        await Assert.ThrowsAsync<IOException>(() => server.ReadLineAsync().Within());
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_that_writes_and_closes_at_once_loses_nothing(SslProtocols protocol)
    {
        var data = new byte[300_000];
        Random.Shared.NextBytes(data);
        for (var round = 0; round < Rounds.Of(20); round++)
        {
            await using var pair = await TlsPair.TcpAsync();
            var (client, server) = pair;
            await pair.UpgradeAsync(protocol);
            var send = SendAsync(client, data);
            Assert.Equal(data, await server.ReadToEndAsync().Within());
            await send.Within();
        }

        static async Task SendAsync(ConnectionStream client, byte[] data)
        {
            client.Write(data);
            await client.CloseAsync();
        }
    }

    [Fact]
    public async Task Both_ways_are_full_at_once_and_nothing_is_lost()
    {
        await using var pair = await TlsPair.TcpAsync();
        await pair.UpgradeAsync();
        var data = new byte[8 << 20];
        Random.Shared.NextBytes(data);
        var sends = pair.Both.Select(stream => stream.WriteAsync(data).AsTask()).ToArray();
        foreach (var stream in pair.Both.Reverse()) Assert.Equal(data, await stream.ReadExactlyAsync(data.Length).Within());
        await Task.WhenAll(sends).Within();
    }

    [Fact]
    public async Task A_close_while_the_session_decrypts_still_says_its_end()
    {
        // On a busy machine the client may not come to hear the end before it is reset: then once more.
        var ends = false;
        for (var tries = 0; tries < 10 && !ends; tries++)
        {
            // Each one lingers for about a second: they do it side by side.
            ends = (await Task.WhenAll(Enumerable.Range(0, Rounds.Of(4)).Select(static _ => EndsAsync()))).Contains(true);
        }

        Assert.True(ends);

        static async Task<bool> EndsAsync()
        {
            await using var pair = await TlsPair.TcpAsync();
            var (client, server) = pair;
            await pair.UpgradeAsync();
            var hearing = client.ReadToEndAsync().AsTask();
            var chatter = ChatterAsync(client);
            await server.ReadLineAsync().Within();
            var read = server.ReadToEndAsync().AsTask();
            await server.CloseAsync().Within();
            await read.FailsAsync();

            // A client that goes on talking to a closed socket is reset sooner or later; but never is it cut.
            var error = await Record.ExceptionAsync(() => hearing.Within());
            if (error is not null) Assert.DoesNotContain("close_notify", Assert.IsType<IOException>(error).Message, StringComparison.Ordinal);
            await client.AbortAsync().Within();
            await chatter.Within();
            return error is null;
        }

        static async Task ChatterAsync(ConnectionStream stream)
        {
            try
            {
                while (true) await stream.WriteAsync("chatter\n");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The other end has gone, or we are done.
            }
        }
    }
}
