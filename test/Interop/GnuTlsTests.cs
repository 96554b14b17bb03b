namespace Kestrel.Streams.Tests;

/// <summary>gnutls-cli and our server, over TCP.</summary>
public sealed class GnuTlsTests(Certificates certificates)
{
    // gnutls-cli takes its input and its output in small pieces: 20 MiB took it 15 seconds, and more than 30 on a busy machine.
    private const int Mass = 6 * Samples.Mebibyte;

    public static TheoryData<TlsVersion> Versions => [TlsVersion.Tls12, TlsVersion.Tls13];

    [Theory]
    [MemberData(nameof(Versions))]
    public Task Six_mebibytes_that_it_sends_before_it_leaves_are_all_there(TlsVersion version)
    {
        var data = Samples.Random(Mass);
        return TalkAsync(
            version,
            async stream => Assert.Equal(Samples.Sha256(data), Samples.Sha256(await stream.ReadToEndAsync().Within())),
            async peer =>
            {
                await peer.SendAllAsync(data);
                await peer.SucceedAsync();
            });
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public Task Six_mebibytes_that_we_send_and_close_are_all_there(TlsVersion version)
    {
        var data = Samples.Random(Mass);
        return TalkAsync(version, stream => stream.WriteAsync(data).Within(), async peer =>
        {
            Assert.Equal(Samples.Sha256(data), Samples.Sha256(await peer.ReadToEndAsync()));
            await peer.SucceedAsync();
        });
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public Task Lines_go_both_ways(TlsVersion version) => TalkAsync(version, Behaviour.EchoLinesAsync, async peer =>
    {
        for (var i = 0; i < 100; i++)
        {
            await peer.SendAsync("one\ntwo\n"u8.ToArray());
            Assert.Equal("one", await peer.ReadLineAsync());
            Assert.Equal("two", await peer.ReadLineAsync());
        }

        peer.EndInput();
        await peer.SucceedAsync();
    });

    [Theory]
    [MemberData(nameof(Versions))]
    public Task Its_death_is_an_error_and_no_end(TlsVersion version)
    {
        var death = new SessionDeath();
        return TalkAsync(version, death.SeeAsync, death.DieAsync);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public Task It_shows_us_its_certificate(TlsVersion version) => TalkAsync(
        new TlsTerms(certificates, version) { Mutual = true },
        async stream =>
        {
            Assert.Equal(certificates.Client.GetRawCertData(), stream.Tls!.RemoteCertificate!.GetRawCertData());
            await Behaviour.EchoLinesAsync(stream);
        },
        async peer =>
        {
            await peer.SendAsync("hello\n"u8.ToArray());
            Assert.Equal("hello", await peer.ReadLineAsync());
            peer.EndInput();
            await peer.SucceedAsync();
        });

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_refuses_a_certificate_for_another_host(TlsVersion version)
    {
        using var place = new Place(Network.Tcp, new TlsTerms(certificates, version) { ExpectedName = "elsewhere.example" });
        await using var server = await OurServer.StartAsync(place, Behaviour.EchoLinesAsync);
        await using (var refused = new GnuTls().Connect(place))
            Assert.NotEqual(0, await refused.EndAsync());

        place.Tls = new TlsTerms(certificates, version);
        await using var welcome = new GnuTls().Connect(place);
        await welcome.SendAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await welcome.ReadLineAsync());
    }

    private Task TalkAsync(TlsVersion version, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        TalkAsync(new TlsTerms(certificates, version), ours, theirs);

    private static Task TalkAsync(TlsTerms terms, Func<ConnectionStream, Task> ours, Func<Peer, Task> theirs) =>
        new Conversation(new GnuTls(), Network.Tcp) { Tls = terms }.RunAsync(ours, theirs);
}
