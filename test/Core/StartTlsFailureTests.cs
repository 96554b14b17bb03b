using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Kestrel.Streams.Tests;

public class StartTlsFailureTests
{
    [Fact]
    public async Task Plaintext_behind_the_command_never_gets_into_the_session()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        await client.WriteAsync("STARTTLS\nQUIT as if it were encrypted\n");
        Assert.Equal("STARTTLS", await server.ReadLineAsync(Encoding.UTF8).Within());

        await Assert.ThrowsAsync<AuthenticationException>(() => server.StartTlsAsync(TlsPair.ServerOptions).Within());

        Assert.True(server.IsClosing);
        await server.ReadLineAsync().ThrowsClosedAsync();
    }

    /// <summary>
    /// The injection of CVE-2011-0411, and that into a client: however the plaintext comes, before or behind the upgrade is asked for, alone or
    /// with the true first message of the peer behind it, nothing of it is ever read as if it had come over TLS.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Plaintext_before_the_handshake_is_never_data_of_the_session(bool intoServer, bool before)
    {
        for (var length = 1; length <= 40; length++)
        {
            await using var pair = await TlsPair.TcpAsync();
            var (attacker, victim) = intoServer ? (pair.Client, pair.Server) : (pair.Server, pair.Client);
            var injected = ("MAIL FROM:<a>\r\n" + new string('x', 40))[..length];
            await attacker.WriteAsync(before ? "GO\n" + injected : "GO\n");
            Assert.Equal("GO", await victim.ReadLineAsync(Encoding.UTF8).Within());
            var upgrade = intoServer ? victim.StartTlsAsync(TlsPair.ServerOptions).AsTask() : victim.StartTlsAsync(TlsPair.ClientOptions).AsTask();
            if (!before) await attacker.WriteAsync(injected);
            // The true peer goes on behind it.
            var other = intoServer ? attacker.StartTlsAsync(TlsPair.ClientOptions).AsTask() : attacker.StartTlsAsync(TlsPair.ServerOptions).AsTask();

            var error = await Record.ExceptionAsync(() => upgrade.Within());
            Assert.True(error is AuthenticationException or IOException, $"{length} bytes: {error}");
            await victim.ReadLineAsync().ThrowsClosedAsync();
            Assert.NotNull(await Record.ExceptionAsync(() => other.Within()));
        }
    }

    /// <summary>.NET's own parser throws at these, from another frame once it has been optimized: so each comes more than once.</summary>
    [Fact]
    public async Task A_hello_whose_lengths_lie_is_a_failed_handshake()
    {
        var hello = ClientHello.Of("localhost"u8.ToArray());
        for (var round = 0; round < Rounds.Of(25); round++)
        {
            foreach (var (at, length) in new (int, byte)[] { (8, 44), (43, 38), (45, 48), (50, 48) })
            {
                await using var pair = await TlsPair.TcpAsync();
                var upgrade = pair.Server.StartTlsAsync(TlsPair.ServerOptions).AsTask();
                await pair.Client.WriteAsync([.. hello[..at], length, .. hello[(at + 1)..]]);

                var error = await Assert.ThrowsAsync<AuthenticationException>(() => upgrade.Within());
                Assert.EndsWith("the peer's first message is malformed.", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_and_the_server_is_told()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        var options = TlsPair.ClientOptions;
        options.TargetHost = "elsewhere.example";
        var serving = server.StartTlsAsync(TlsPair.ServerOptions).AsTask();

        var refusal = await Assert.ThrowsAsync<AuthenticationException>(() => client.StartTlsAsync(options).Within());

        Assert.Contains("RemoteCertificateNameMismatch", refusal.Message, StringComparison.Ordinal);
        Assert.True(client.IsClosing);
        // Under TLS 1.3 a server is done before the client has judged its certificate.
        if (await Record.ExceptionAsync(() => serving.Within()) is null)
            await Assert.ThrowsAnyAsync<IOException>(() => server.ReadLineAsync().Within());
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_refused()
    {
        await using var pair = await TlsPair.TcpAsync();
        var options = TlsPair.ClientOptions;
        options.CertificateChainPolicy = null;
        _ = pair.Server.StartTlsAsync(TlsPair.ServerOptions).AsTask();

        await Assert.ThrowsAsync<AuthenticationException>(() => pair.Client.StartTlsAsync(options).Within());
    }

    [Fact]
    public async Task A_peer_that_speaks_no_TLS_is_told_so_and_closed()
    {
        await using var pair = await TlsPair.TcpAsync();
        await pair.Client.WriteAsync("GET / HTTP/1.0\r\n\r\n");
        await Assert.ThrowsAsync<AuthenticationException>(() => pair.Server.StartTlsAsync(TlsPair.ServerOptions).Within());
        await pair.Server.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task A_peer_that_ends_in_the_middle_is_a_broken_connection()
    {
        await using var pair = await TlsPair.TcpAsync();
        await pair.Client.WriteAsync(new byte[] { 22, 3, 1 });
        await pair.Client.CloseAsync();

        var broken = await Assert.ThrowsAsync<IOException>(() => pair.Server.StartTlsAsync(TlsPair.ServerOptions).Within());

        Assert.StartsWith($"The TLS handshake of the connection {pair.Server.Id} failed: ", broken.Message, StringComparison.Ordinal);
        Assert.True(pair.Server.IsClosing);
    }

    [Fact]
    public async Task A_peer_that_resets_in_the_middle_is_a_broken_connection()
    {
        await using var pair = await TlsPair.TcpAsync();
        var upgrade = pair.Server.StartTlsAsync(TlsPair.ServerOptions).AsTask();
        pair.Client.Abort();

        var broken = await Assert.ThrowsAsync<IOException>(() => upgrade.Within());

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_peer_that_stalls_is_aborted_when_the_time_is_over()
    {
        await using var pair = await TlsPair.TcpAsync();

        var late = await Assert.ThrowsAsync<IOException>(
            () => pair.Server.StartTlsAsync(TlsPair.ServerOptions, TimeSpan.FromMilliseconds(50)).Within());

        Assert.Equal(
            $"The TLS handshake of the connection {pair.Server.Id} took longer than 0.05 seconds: the connection is aborted; see HandshakeTimeout.",
            late.Message);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(late.InnerException).SocketErrorCode);
        await Assert.ThrowsAsync<IOException>(() => pair.Client.ReadAsync().Within());
    }

    [Fact]
    public async Task The_time_is_over_also_for_a_transport_that_heeds_no_token()
    {
        await using var stream = Streams.Over(new ScriptedTransport());
        await Assert.ThrowsAsync<IOException>(() => stream.StartTlsAsync(TlsPair.ClientOptions, TimeSpan.FromMilliseconds(50)).Within());
        Assert.True(stream.IsClosing);
    }

    [Fact]
    public async Task A_peer_that_does_not_take_what_was_unsent_is_aborted_too()
    {
        await using var pair = await TlsPair.TcpAsync();
        var write = pair.Server.WriteAsync(new byte[16 << 20]).AsTask();

        await Assert.ThrowsAsync<IOException>(() => pair.Server.StartTlsAsync(TlsPair.ServerOptions, TimeSpan.FromMilliseconds(50)).Within());

        await write.ThrowsClosedAsync();
    }

    [Fact]
    public async Task Cancelled_while_it_sends_what_was_unsent_it_has_done_nothing()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        using var enough = new CancellationTokenSource();
        var data = new byte[16 << 20];
        var write = client.WriteAsync(data).AsTask();
        var upgrade = client.StartTlsAsync(TlsPair.ClientOptions, cancellationToken: enough.Token);
        await enough.CancelAsync();
        await upgrade.ThrowsCancelledAsync(enough.Token);

        await server.ReadExactlyAsync(data.Length).Within();
        await write.Within();
        await pair.TalkAsync();
        await pair.UpgradeAsync();
        await pair.TalkAsync();
    }

    [Fact]
    public async Task Cancelled_in_the_middle_the_connection_is_gone()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        using var enough = new CancellationTokenSource();
        var upgrade = client.StartTlsAsync(TlsPair.ClientOptions, cancellationToken: enough.Token);
        Assert.Equal(22, (await server.ReadExactlyAsync(1).Within())[0]); // the record type of a handshake
        await enough.CancelAsync();

        await upgrade.ThrowsCancelledAsync(enough.Token);

        await client.ReadAsync().ThrowsClosedAsync();
        await Assert.ThrowsAsync<IOException>(() => server.ReadAsync().Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closed_in_the_middle_it_says_so(bool abort)
    {
        await using var pair = await TlsPair.TcpAsync();
        var upgrade = pair.Client.StartTlsAsync(TlsPair.ClientOptions);
        await pair.Server.ReadExactlyAsync(1).Within();
        if (abort) pair.Client.Abort();
        else await pair.Client.CloseAsync().Within();
        await upgrade.ThrowsClosedAsync();
        await pair.Client.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Reads_and_writes_beside_it_are_refused()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        var upgrade = client.StartTlsAsync(TlsPair.ClientOptions);

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ReadLineAsync().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.WriteAsync("plaintext").Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.WriteEofAsync().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.StartTlsAsync(TlsPair.ClientOptions).Within());
        Assert.Throws<InvalidOperationException>(() => client.Write("plaintext"u8));

        await server.StartTlsAsync(TlsPair.ServerOptions).Within();
        await upgrade.Within();
        await pair.TalkAsync();
    }

    [Fact]
    public async Task It_is_refused_beside_a_read_and_after_the_end_of_the_output()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        var read = client.ReadLineAsync(Encoding.UTF8).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.StartTlsAsync(TlsPair.ClientOptions).Within());
        await server.WriteAsync("still plaintext\n");
        Assert.Equal("still plaintext", await read.Within());

        await client.WriteEofAsync().Within();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.StartTlsAsync(TlsPair.ClientOptions).Within());
    }

    [Fact]
    public async Task Wrong_arguments_take_nothing()
    {
        await using var pair = await TlsPair.TcpAsync();
        await Assert.ThrowsAsync<ArgumentNullException>(() => pair.Client.StartTlsAsync((System.Net.Security.SslClientAuthenticationOptions)null!).Within());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Client.StartTlsAsync(TlsPair.ClientOptions, TimeSpan.Zero).Within());
        await pair.TalkAsync();
    }

    [Fact]
    public async Task A_stream_of_one_way_is_refused()
    {
        await using var readOnly = ConnectionStream.Create(StreamTransport.FromStream(new MemoryStream([1], writable: false)));
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => readOnly.StartTlsAsync(TlsPair.ClientOptions).Within());
        Assert.Equal("The stream is read-only.", refusal.Message);
        Assert.Equal([1], await readOnly.ReadAsync().Within());
    }

    [Fact]
    public async Task Without_options_it_is_refused_and_the_stream_goes_on()
    {
        await using var pair = new TlsPair(ConnectionStream.CreatePair());
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => { _ = pair.Client.StartTlsAsync((SslClientAuthenticationOptions)null!).AsTask(); }).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => { _ = pair.Server.StartTlsAsync((SslServerAuthenticationOptions)null!).AsTask(); }).ParamName);
        await pair.TalkAsync();
    }
}
