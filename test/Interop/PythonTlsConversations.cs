namespace Kestrel.Streams.Tests;

/// <summary>What must hold between our stream and asyncio's over TLS, besides what holds without it.</summary>
public abstract class PythonTlsConversations(Network network, PeerSide side, TlsTerms tls) : PythonConversations(network, side, tls)
{
    private const int Mass = 20 * Samples.Mebibyte;

    [Fact]
    public Task Twenty_mebibytes_it_sends_come_back_at_the_same_time() =>
        TalkAsync(new Python("send_and_read", 1, Number(Mass)), stream => Behaviour.EchoAsync(stream, Mass));

    [Fact]
    public Task Twenty_mebibytes_we_send_come_back_at_the_same_time() =>
        TalkAsync(new Python("echo", 1, Number(Mass)), stream => Behaviour.SendAndExpectAsync(stream, Samples.Random(Mass)));

    [Fact]
    public Task What_it_sends_before_it_closes_is_all_there_and_then_comes_the_end()
    {
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            new Python("send_and_leave", 1, Number(Mass)),
            async stream => received.SetResult(await stream.ReadToEndAsync().Within()),
            async peer => Assert.Equal(await peer.ReadLineAsync(), Samples.Sha256(await received.Task.Within())));
    }

    [Fact]
    public Task Its_end_without_a_farewell_is_an_error_and_no_end() => TalkAsync(new Python("vanish"), async stream =>
    {
        Assert.Equal("last words\n", Samples.Text(await stream.ReadLineAsync().Within()));
        await Behaviour.FindConnectionCutAsync(stream);
    });

    [Fact]
    public Task Its_death_is_an_error_and_no_end()
    {
        var greeted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Conversation(new Python("echo_lines"), Network, Side) { Tls = Tls }.RunAsync(
            async stream =>
            {
                await Behaviour.SendAndExpectAsync(stream, "hello\n"u8.ToArray());
                var read = stream.ReadLineAsync().Within();
                greeted.SetResult();
                await Assert.ThrowsAnyAsync<IOException>(() => read);
                await Behaviour.FindConnectionCutAsync(stream);
            },
            async peer =>
            {
                await greeted.Task.Within();
                peer.Kill();
                await peer.EndAsync();
            });
    }

    [Fact]
    public Task Each_shows_the_other_a_certificate()
    {
        var mutual = Tls! with { Mutual = true };
        var expected = Side == PeerSide.Connects ? mutual.Certificates.Client : mutual.Certificates.Server;
        return new Conversation(new Python(Side == PeerSide.Connects ? "hello" : "echo_lines"), Network, Side) { Tls = mutual }.RunAsync(
            async stream =>
            {
                Assert.Equal(expected.GetRawCertData(), stream.Tls!.RemoteCertificate!.GetRawCertData());
                if (Side == PeerSide.Connects)
                    await Behaviour.EchoLinesAsync(stream);
                else
                    await Behaviour.SendAndExpectAsync(stream, "hello\n"u8.ToArray());
            },
            peer => peer.SucceedAsync());
    }
}

public sealed class PythonConnectsOverTls13(Certificates certificates)
    : PythonTlsConversations(Network.Tcp, PeerSide.Connects, new TlsTerms(certificates));

public sealed class PythonConnectsOverTls12(Certificates certificates)
    : PythonTlsConversations(Network.Tcp, PeerSide.Connects, new TlsTerms(certificates, TlsVersion.Tls12));

public sealed class PythonConnectsOverTlsOnUnix(Certificates certificates)
    : PythonTlsConversations(Network.Unix, PeerSide.Connects, new TlsTerms(certificates));

public sealed class PythonListensOverTls13(Certificates certificates)
    : PythonTlsConversations(Network.Tcp, PeerSide.Listens, new TlsTerms(certificates));

public sealed class PythonListensOverTls12(Certificates certificates)
    : PythonTlsConversations(Network.Tcp, PeerSide.Listens, new TlsTerms(certificates, TlsVersion.Tls12));

public sealed class PythonListensOverTlsOnUnix(Certificates certificates)
    : PythonTlsConversations(Network.Unix, PeerSide.Listens, new TlsTerms(certificates));
