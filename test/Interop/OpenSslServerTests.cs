using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>openssl s_server and our client.</summary>
public sealed class OpenSslServerTests(Certificates certificates)
{
    private const int Mass = 20 * Samples.Mebibyte;

    public static TheoryData<Network, TlsVersion> Kinds =>
        new MatrixTheoryData<Network, TlsVersion>([Network.Tcp, Network.Unix], [TlsVersion.Tls12, TlsVersion.Tls13]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Twenty_mebibytes_that_we_send_and_close_are_all_there(Network network, TlsVersion version)
    {
        var data = Samples.Random(Mass);
        return TalkAsync(network, version, stream => stream.WriteAsync(data).Within(), async peer =>
        {
            await OpenSsl.ServerHandshakeAsync(peer);
            Assert.Equal(Samples.Sha256(data), Samples.Sha256(await peer.ReadExactlyAsync(Mass)));
            Assert.Equal("DONE", await peer.ReadLineAsync());
            await peer.EndAsync();
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Twenty_mebibytes_that_it_sends_come_as_they_are(Network network, TlsVersion version)
    {
        var data = Samples.Digits(Mass);
        return TalkAsync(
            network,
            version,
            async stream => Assert.Equal(Samples.Sha256(data), Samples.Sha256(await stream.ReadExactlyAsync(Mass).Within())),
            async peer =>
            {
                await OpenSsl.ServerHandshakeAsync(peer);
                await peer.SendAsync(data);
            });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Lines_go_both_ways(Network network, TlsVersion version) => TalkAsync(
        network,
        version,
        async stream =>
        {
            await stream.WriteAsync("hello\n"u8).Within();
            Assert.Equal("1 one\n", Samples.Text(await stream.ReadLineAsync().Within()));
            await stream.WriteAsync("good bye\n"u8).Within();
        },
        async peer =>
        {
            await OpenSsl.ServerHandshakeAsync(peer);
            Assert.Equal("hello", await peer.ReadLineAsync());
            await peer.SendAsync("1 one\n"u8.ToArray());
            Assert.Equal("good bye", await peer.ReadLineAsync());
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Its_death_is_an_error_and_no_end(Network network, TlsVersion version)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            network,
            version,
            async stream =>
            {
                Assert.Equal("1 last word\n", Samples.Text(await stream.ReadLineAsync().Within()));
                var read = stream.ReadLineAsync().Within();
                waiting.SetResult();
                await Assert.ThrowsAnyAsync<IOException>(() => read);
                await Behaviour.FindConnectionCutAsync(stream);
            },
            async peer =>
            {
                await peer.SendAsync("1 last word\n"u8.ToArray());
                await waiting.Task.Within();
                peer.Kill();
                await peer.EndAsync();
            });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task We_show_it_the_certificate_that_it_wants(Network network, TlsVersion version) => TalkAsync(
        network,
        new TlsTerms(certificates, version) { Mutual = true },
        async stream =>
        {
            Assert.Equal(certificates.Server.GetRawCertData(), stream.Tls!.RemoteCertificate!.GetRawCertData());
            await stream.WriteAsync("hello\n"u8).Within();
        },
        async peer =>
        {
            await peer.LineAsync("subject=CN = a client");
            await OpenSsl.ServerHandshakeAsync(peer);
            Assert.Equal("hello", await peer.ReadLineAsync());
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Without_the_certificate_that_it_wants_we_are_refused(Network network, TlsVersion version) => new OpenSsl().RunAsync(
        network,
        async (place, _) =>
        {
            // With TLS 1.3 the client's part of the handshake is done before the server has looked: it is told when it reads.
            var refused = await Record.ExceptionAsync(() => ConnectAndReadAsync(place));
            Assert.True(refused is AuthenticationException or IOException, $"{refused}");
        },
        new TlsTerms(certificates, version) { Mutual = true, ClientHasCertificate = false });

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task We_refuse_a_certificate_for_another_host(Network network, TlsVersion version) => new OpenSsl().RunAsync(
        network,
        async (place, _) => await Assert.ThrowsAsync<AuthenticationException>(() => OurClient.ConnectAsync(place)),
        new TlsTerms(certificates, version) { ExpectedName = "elsewhere.example" });

    private static async Task ConnectAndReadAsync(Place place)
    {
        await using var stream = await OurClient.ConnectAsync(place);
        await stream.ReadLineAsync().Within();
    }

    private Task TalkAsync(Network network, TlsVersion version, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        TalkAsync(network, new TlsTerms(certificates, version), ours, theirs);

    private static Task TalkAsync(Network network, TlsTerms terms, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        new Conversation(new OpenSsl(), network, PeerSide.Listens) { Tls = terms }.RunAsync(ours, theirs);
}
