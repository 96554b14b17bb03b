using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What a hostile client of TLS does once its session is there, with openssl's s_client: R asks for a renegotiation, k and K for new keys.</summary>
/// <remarks>It obeys such letters only without -quiet; so its output has the story of the handshake in it.</remarks>
public class TlsMaliceTests(Certificates certificates)
{
    /// <summary>A renegotiation costs a server much more than its client: it is refused, and ends that session only.</summary>
    [Fact]
    public async Task A_renegotiation_is_refused_and_harms_nobody()
    {
        var terms = new TlsTerms(certificates, TlsVersion.Tls12);
        using var place = new Place(Network.Tcp, terms);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            var error = await Record.ExceptionAsync(() => Behaviour.EchoLinesAsync(stream));
            ended.TrySetResult(error);
        });
        await using var good = new OpenSsl().Connect(place);
        await HearsItselfAsync(good);
        // Later ones end the same way.
        var sessions = 5;
        while (sessions-- > 0)
        {
            await using var bad = Start(place, "-tls1_2");
            await bad.LineAsync("Verify return code: 0 (ok)");
            await HearsItselfAsync(bad);
            await bad.SendAsync("R\n"u8.ToArray());
            Assert.NotEqual(0, await bad.EndAsync());
        }

        Assert.IsAssignableFrom<IOException>(await ended.Task.Within());
        await HearsItselfAsync(good);
    }

    /// <summary>New keys are a part of TLS 1.3: a hundred of them change nothing.</summary>
    [Theory]
    [InlineData("k")]
    [InlineData("K")]
    public async Task New_keys_again_and_again_lose_nothing(string letter)
    {
        var terms = new TlsTerms(certificates);
        using var place = new Place(Network.Tcp, terms);
        await using var server = await OurServer.StartAsync(place, Behaviour.EchoLinesAsync);
        await using var client = Start(place, "-tls1_3");
        await client.LineAsync("Verify return code: 0 (ok)");
        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"{letter}\n"));
            // It drops what it has read together with a letter.
            await client.ErrorLineAsync("KEYUPDATE");
            await HearsItselfAsync(client);
        }
    }

    private static Peer Start(Place place, string version) => Peer.Start(
        "openssl",
        ["s_client", "-connect", $"127.0.0.1:{place.Port.ToString(CultureInfo.InvariantCulture)}", version, "-servername", TlsTerms.ServerName, "-CAfile", place.Tls!.Certificates.AuthorityFile]);

    private static async Task HearsItselfAsync(Peer client)
    {
        await client.SendAsync("12345\n"u8.ToArray());
        Assert.EndsWith("12345", await client.LineAsync("12345"), StringComparison.Ordinal);
    }
}
