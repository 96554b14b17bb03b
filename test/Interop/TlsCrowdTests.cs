namespace Kestrel.Streams.Tests;

/// <summary>Many short TLS connections at once.</summary>
public sealed class TlsCrowdTests(Certificates certificates)
{
    private const int Clients = 100;

    public static TheoryData<Network, TlsVersion> Kinds =>
        new MatrixTheoryData<Network, TlsVersion>([Network.Tcp, Network.Unix], [TlsVersion.Tls12, TlsVersion.Tls13]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_hundred_clients_of_asyncio_say_hello_at_once(Network network, TlsVersion version)
    {
        using var place = new Place(network, new TlsTerms(certificates, version));
        await using var server = await OurServer.StartAsync(place, Behaviour.EchoLinesAsync);
        await using var clients = new Python("hello", Clients).Connect(place);
        await SucceedAsync(clients);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_hundred_clients_of_ours_say_hello_at_once(Network network, TlsVersion version) =>
        await new Python("echo_lines", Clients).RunAsync(
            network,
            async (place, server) =>
            {
                await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => SayHelloAsync(place))).Within();
                await server.SucceedAsync();
            },
            new TlsTerms(certificates, version));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Many_clients_of_openssl_write_and_close_at_once_and_nothing_is_lost(Network network, TlsVersion version)
    {
        const int clients = 20;
        var texts = Enumerable.Range(0, clients).Select(i => $"client {i}").ToHashSet(StringComparer.Ordinal);
        var allAreHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var place = new Place(network, new TlsTerms(certificates, version));
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            var text = Samples.Text(await stream.ReadToEndAsync().Within());
            lock (texts)
            {
                if (texts.Remove(text) && texts.Count == 0)
                    allAreHere.SetResult();
            }
        });
        await Task.WhenAll(texts.ToArray().Select(RunClientAsync)).Within();
        await allAreHere.Task.Within();

        async Task RunClientAsync(string text)
        {
            await using var client = new OpenSsl("-no_ign_eof", "-nocommands").Connect(place);
            await client.SendAllAsync(System.Text.Encoding.ASCII.GetBytes(text));
            await SucceedAsync(client);
        }
    }

    private static async Task SayHelloAsync(Place place)
    {
        await using var stream = await OurClient.ConnectAsync(place);
        await Behaviour.SendAndExpectAsync(stream, "hello\n"u8.ToArray());
    }

    private static async Task SucceedAsync(Peer peer)
    {
        try
        {
            await peer.SucceedAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{await peer.TellAsync()}", error);
        }
    }
}
