using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A network that loses, doubles, delays and reorders packets: every line comes, once and in its order.</summary>
public sealed class LossTests : IDisposable
{
    private const int LineCount = 2000;

    private readonly LogCapture _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_a_link_that_loses_one_packet_of_twenty(bool tls)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FAULTS_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        using var pair = LossyPair.Create(seed);

        await TalkAsync(pair, tls);

        TestContext.Current.TestOutputHelper!.WriteLine($"FAULTS_SEED={seed}: {pair.LostCount} packets lost");
        Assert.True(pair.LostCount > 0, "No packet was lost.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_a_link_of_netem(bool tls)
    {
        using var pair = NetworkPair.WithCable();
        foreach (var side in (NetworkNamespace[])[pair.Server, pair.Client])
        {
            var refusal = NetworkNamespace.TryRun(["-n", side.Name, "qdisc", "add", "dev", "ks0", "root", "netem", "delay", "5ms", "4ms", "loss", "5%", "duplicate", "2%"], "tc");
            Assert.SkipWhen(refusal is not null, $"The kernel of this machine has no netem, which loses packets: {refusal}");
        }

        await TalkAsync(pair, tls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_a_cable_that_is_unplugged_for_a_moment(bool tls)
    {
        using var pair = NetworkPair.WithCable();

        await TalkAsync(pair, tls, atTheMiddle: () =>
        {
            pair.CutClient();
            pair.Mend();
        });
    }

    /// <summary>All lines are said while all answers are read.</summary>
    private async Task TalkAsync(NetworkPair pair, bool tls, Action? atTheMiddle = null)
    {
        var options = tls ? TlsTalk.ServerOptions(_log) : new StreamServerOptions { LoggerFactory = _log.Factory };
        await using var server = await pair.ServeAsync(Talk.EchoAsync, options);
        await using var client = await pair.ConnectAsync(server, new StreamClientOptions { Tls = tls ? TlsTalk.ClientOptions() : null, ServerHostname = tls ? "localhost" : null }).Within();
        var saying = SayAsync(client, atTheMiddle);
        for (var i = 0; i < LineCount; i++)
            Assert.Equal($"line {i} {new string('.', i % 200)}", await client.ReadLineAsync(Encoding.UTF8).Within(TimeSpan.FromMinutes(1)));
        await saying.Within();
        await client.CloseAsync().Within();
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        Assert.Empty(_log.Complaints);
    }

    private static async Task SayAsync(ConnectionStream client, Action? atTheMiddle)
    {
        for (var i = 0; i < LineCount; i++)
        {
            if (i == LineCount / 2) atTheMiddle?.Invoke();
            await client.WriteAsync($"line {i} {new string('.', i % 200)}\n");
        }
    }
}
