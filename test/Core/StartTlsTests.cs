using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The upgrade where it succeeds; what the session then does is in <see cref="TlsSessionTests"/>.</summary>
public class StartTlsTests
{
    [Fact]
    public async Task Both_sides_upgrade_in_place_in_the_middle_of_a_conversation()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        await client.WriteAsync("STARTTLS\n");
        Assert.Equal("STARTTLS", await server.ReadLineAsync(Encoding.UTF8).Within());
        await server.WriteAsync("go ahead\n");
        Assert.Equal("go ahead", await client.ReadLineAsync(Encoding.UTF8).Within());

        await pair.UpgradeAsync();

        Assert.NotNull(client.Tls);
        Assert.True(server.Tls!.IsEncrypted);
        Assert.False(client.CanWriteEof);
        await pair.TalkAsync();
    }

    [Fact]
    public async Task It_works_in_memory()
    {
        await using var pair = new TlsPair(ConnectionStream.CreatePair());
        await pair.UpgradeAsync();
        await pair.TalkAsync();
        await pair.EndAsync();
    }

    [Fact]
    public async Task It_works_over_any_stream()
    {
        var (one, other) = await Streams.TcpPairAsync();
        await using var pair = new TlsPair((
            ConnectionStream.Create(StreamTransport.FromStream(new NetworkStream(one, ownsSocket: true))),
            ConnectionStream.Create(StreamTransport.FromStream(new NetworkStream(other, ownsSocket: true)))));
        await pair.UpgradeAsync();
        await pair.TalkAsync();
        await pair.EndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_bytes_of_the_handshake_may_be_in_the_buffer_already(bool receivesMore)
    {
        var (one, other) = await Streams.TcpPairAsync();
        await using var server = ConnectionStream.Create(StreamTransport.FromSocket(other));
        // For Closed the stream reads ahead: behind the bytes in the buffer the next receive is under way, into the same block.
        if (receivesMore) _ = server.Closed;
        await using var client = new SslStream(new PrefixStream("STARTTLS\n", new NetworkStream(one, ownsSocket: true)));
        var upgrade = client.AuthenticateAsClientAsync(TlsPair.ClientOptions);

        Assert.Equal("STARTTLS", await server.ReadLineAsync(Encoding.UTF8).Within());
        Assert.True(server.Input.Buffer.Length > 0, "The hello was expected in the buffer, behind the line.");
        await server.StartTlsAsync(TlsPair.ServerOptions).Within();
        await upgrade.Within();

        await client.WriteAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await server.ReadLineAsync(Encoding.UTF8).Within());
    }

    [Fact]
    public async Task A_receive_that_a_cancelled_read_has_left_pending_goes_to_the_session()
    {
        await using var pair = await TlsPair.TcpAsync();
        foreach (var stream in pair.Both)
        {
            using var enough = new CancellationTokenSource();
            var read = stream.ReadLineAsync(enough.Token);
            await enough.CancelAsync();
            await read.ThrowsCancelledAsync(enough.Token);
        }

        await pair.UpgradeAsync();
        await pair.TalkAsync();
    }

    [Fact]
    public async Task A_stream_that_reads_ahead_for_Closed_can_be_upgraded_and_still_sees_the_end()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        var gone = new[] { client.Closed, server.Closed };

        await pair.UpgradeAsync();
        await pair.TalkAsync();
        server.Abort();

        foreach (var closed in gone) await closed.Fired().Within();
    }

    [Fact]
    public async Task What_is_unsent_leaves_as_plaintext_before()
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        var data = new byte[8 << 20];
        Random.Shared.NextBytes(data);
        var read = server.ReadExactlyAsync(data.Length).AsTask();
        var write = client.WriteAsync(data).AsTask();
        var command = client.WriteAsync("STARTTLS\n").AsTask();
        var upgrade = client.StartTlsAsync(TlsPair.ClientOptions);

        Assert.Equal(data, await read.Within());
        await write.Within();
        await command.Within();
        Assert.Equal("STARTTLS", await server.ReadLineAsync(Encoding.UTF8).Within());
        await server.StartTlsAsync(TlsPair.ServerOptions).Within();
        await upgrade.Within();
        await pair.TalkAsync();
    }

    [Fact]
    public async Task What_is_sent_right_behind_the_handshake_is_there_at_the_first_read()
    {
        for (var round = 0; round < Rounds.Of(20); round++)
        {
            await using var pair = await TlsPair.TcpAsync();
            var (client, server) = pair;
            var upgrade = server.StartTlsAsync(TlsPair.ServerOptions);
            await client.StartTlsAsync(TlsPair.ClientOptions).Within();
            await client.WriteAsync("at once\n");
            await upgrade.Within();
            Assert.Equal("at once", await server.ReadLineAsync(Encoding.UTF8).Within());
        }
    }

    [Fact]
    public async Task A_session_can_be_begun_inside_a_session()
    {
        await using var pair = await TlsPair.TcpAsync();
        await pair.UpgradeAsync();
        await pair.TalkAsync();
        var outer = pair.Client.Tls;

        await pair.UpgradeAsync();

        Assert.NotSame(outer, pair.Client.Tls);
        await pair.TalkAsync();
        await pair.EndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_of_the_server_lets_the_handshake_finish_and_the_input_end_behind_it(bool before)
    {
        await using var pair = await TlsPair.TcpAsync();
        var (client, server) = pair;
        if (before) server.StopInput();
        var upgrade = server.StartTlsAsync(TlsPair.ServerOptions);
        if (!before) server.StopInput();
        await client.StartTlsAsync(TlsPair.ClientOptions).Within();
        await upgrade.Within();
        await client.WriteAsync("too late\n");

        Assert.Empty(await server.ReadLineAsync().Within());
        await server.WriteAsync("goodbye\n");
        Assert.Equal("goodbye", await client.ReadLineAsync(Encoding.UTF8).Within());
    }
}
