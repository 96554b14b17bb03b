namespace Kestrel.Streams.Tests;

/// <summary>openssl s_client and our server.</summary>
public sealed class OpenSslClientTests(Certificates certificates)
{
    private const int Mass = 20 * Samples.Mebibyte;

    public static TheoryData<Network, TlsVersion> Kinds =>
        new MatrixTheoryData<Network, TlsVersion>([Network.Tcp, Network.Unix], [TlsVersion.Tls12, TlsVersion.Tls13]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Twenty_mebibytes_it_sends_come_back_at_the_same_time(Network network, TlsVersion version)
    {
        var data = Samples.Random(Mass);
        return TalkAsync(new OpenSsl(), network, version, stream => Behaviour.EchoAsync(stream, Mass), async peer =>
        {
            var sent = peer.SendAsync(data);
            var back = await peer.ReadExactlyAsync(data.Length);
            await sent;
            Assert.Equal(Samples.Sha256(data), Samples.Sha256(back));
            Assert.Empty(await peer.ReadToEndAsync());
            await peer.SucceedAsync();
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task What_it_sends_before_it_leaves_is_all_there_though_we_read_late(Network network, TlsVersion version)
    {
        var data = Samples.Random(10_000); // So much a Unix socket takes at once: it can leave before anybody reads.
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TalkAsync(
            new OpenSsl("-no_ign_eof", "-nocommands"),
            network,
            version,
            async stream =>
            {
                await left.Task.Within();
                Assert.Equal(Samples.Sha256(data), Samples.Sha256(await stream.ReadToEndAsync().Within()));
            },
            async peer =>
            {
                await peer.SendAllAsync(data);
                await peer.SucceedAsync();
                left.SetResult();
            });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_mass_that_it_sends_before_it_leaves_is_all_there(Network network, TlsVersion version)
    {
        var data = Samples.Random(Mass);
        return TalkAsync(
            new OpenSsl("-no_ign_eof", "-nocommands"),
            network,
            version,
            async stream => Assert.Equal(Samples.Sha256(data), Samples.Sha256(await stream.ReadToEndAsync().Within())),
            async peer =>
            {
                await peer.SendAllAsync(data);
                await peer.SucceedAsync();
            });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Its_death_is_an_error_and_no_end(Network network, TlsVersion version)
    {
        var death = new SessionDeath();
        return TalkAsync(new OpenSsl(), network, version, death.SeeAsync, death.DieAsync);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task It_shows_us_its_certificate(Network network, TlsVersion version) => TalkAsync(
        new OpenSsl(),
        network,
        new TlsTerms(certificates, version) { Mutual = true },
        async stream =>
        {
            Assert.Equal(certificates.Client.GetRawCertData(), stream.Tls!.RemoteCertificate!.GetRawCertData());
            await Behaviour.EchoOneLineAsync(stream);
        },
        async peer =>
        {
            await peer.SendAsync("hello\n"u8.ToArray());
            Assert.Equal("hello", await peer.ReadLineAsync());
            await peer.SucceedAsync();
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Without_the_certificate_that_we_want_it_is_refused(Network network, TlsVersion version) =>
        IsRefusedAsync(network, new TlsTerms(certificates, version) { Mutual = true, ClientHasCertificate = false });

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task It_refuses_a_certificate_for_another_host(Network network, TlsVersion version) =>
        IsRefusedAsync(network, new TlsTerms(certificates, version) { ExpectedName = "elsewhere.example" });

    [Theory]
    [InlineData(Network.Tcp)]
    [InlineData(Network.Unix)]
    public async Task It_may_start_with_plain_lines_and_ask_for_TLS(Network network)
    {
        var terms = new TlsTerms(certificates);
        using var place = new Place(network);
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            await stream.WriteAsync("220 localhost\r\n"u8).Within();
            Assert.StartsWith("EHLO ", Samples.Text(await stream.ReadLineAsync().Within()), StringComparison.Ordinal);
            await stream.WriteAsync("250-localhost\r\n250 STARTTLS\r\n"u8).Within();
            Assert.Equal("STARTTLS\r\n", Samples.Text(await stream.ReadLineAsync().Within()));
            stream.Write("220 Go ahead\r\n"u8);
            await stream.StartTlsAsync(terms.ServerOptions()).Within();
            await Behaviour.EchoOneLineAsync(stream);
        });
        place.Tls = terms;
        await using var client = new OpenSsl("-starttls", "smtp").Connect(place);
        await client.SendAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await client.ReadLineAsync());
        await client.SucceedAsync();
    }

    /// <summary>A client on these terms is not served; the next one, with the right certificate and name, is.</summary>
    private static async Task IsRefusedAsync(Network network, TlsTerms terms)
    {
        using var place = new Place(network, terms);
        await using var server = await OurServer.StartAsync(place, Behaviour.EchoLinesAsync);
        await using (var refused = new OpenSsl().Connect(place))
        {
            Assert.Empty(await refused.ReadToEndAsync());
            Assert.NotEqual(0, await refused.EndAsync());
        }

        place.Tls = terms with { ClientHasCertificate = true, ExpectedName = TlsTerms.ServerName };
        await using var welcome = new OpenSsl().Connect(place);
        await welcome.SendAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await welcome.ReadLineAsync());
    }

    private Task TalkAsync(
        OpenSsl client, Network network, TlsVersion version, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        TalkAsync(client, network, new TlsTerms(certificates, version), ours, theirs);

    private static Task TalkAsync(
        OpenSsl client, Network network, TlsTerms terms, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        new Conversation(client, network, PeerSide.Connects) { Tls = terms }.RunAsync(ours, theirs);
}
