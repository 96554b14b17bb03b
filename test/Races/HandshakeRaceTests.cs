using System.Security.Authentication;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>An upgrade to TLS, of either side, and everything that can come in between before, within and right behind the handshake.</summary>
public sealed class HandshakeRaceTests : IDisposable
{
    private readonly Rival _rival = new();

    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var kind in new[] { "memory", "TCP", "Unix" })
                foreach (var what in Interruption.All.Keys.Where(static what => what is not "StartTlsAsync" and not "the peer ends its output"))
                    cells.Add(kind, what);
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task An_upgrade_and_what_comes_in_between(string kind, string what)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(25, random => RoundAsync(wire, what, random));
    }

    [Fact]
    public Task The_stop_of_the_input_never_takes_the_input_of_the_handshake() => Race.RunAsync(4000, async random =>
    {
        var (stream, peer) = ConnectionStream.CreatePair();
        var (upgrading, stopping) = _rival.Meet(
            random.Next(40), () => stream.StartTlsAsync(Wire.ServerTls).AsTask(), random.Next(200), () => Done(stream.StopInput));
        await stopping.Within();
        Assert.False(upgrading.IsCompleted);
        Assert.False(stream.Input.IsEnded);
        await stream.AbortAsync().Within();
        await peer.AbortAsync().Within();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => upgrading.Within());
    });

    public void Dispose() => _rival.Dispose();

    private async Task RoundAsync(Wire wire, string what, Random random)
    {
        var (begin, cause) = Interruption.All[what];
        var isServer = random.Next(2) == 0;
        var answers = random.Next(4) > 0;
        var race = $"an upgrade {(isServer ? "as the server" : "as the client")} over {wire.Kind} with {what}, the peer {(answers ? "answers" : "is silent")}";
        var (stream, peer) = await wire.ConnectAsync(StreamMode.ReadWrite);
        var sockets = new[] { stream.Socket, peer.Socket };
        var closed = random.Next(2) == 0 ? stream.Closed : CancellationToken.None;
        using var source = new CancellationTokenSource();
        var answering = Task.CompletedTask;

        var (upgrading, between) = _rival.Meet(0, UpgradeAsync, random.Next(1 << random.Next(18)), () => begin(stream, peer, source));
        if (!answers && cause is not Cause.OwnClose and not Cause.OwnAbort) await between.Within(what: race);
        var error = await Outcome.ErrorOfAsync(upgrading, race);
        var allowed = error is null || cause switch
        {
            Cause.OwnClose or Cause.OwnAbort => error is ObjectDisposedException,
            Cause.Cancel => error is OperationCanceledException cancelled && cancelled.CancellationToken == source.Token,
            _ => error is IOException or AuthenticationException,
        };
        Assert.True(allowed, $"{race} threw {error}");
        await Outcome.OfInterruptionAsync(between, race, cause);
        // One that fails before the handshake has begun leaves the stream as it was, and its peer would wait for all of its time.
        if (error is not null && !stream.IsClosing) await stream.AbortAsync().Within(what: race);
        var answer = await Outcome.ErrorOfAsync(answering, race);
        Assert.True(answer is null or IOException or AuthenticationException or ObjectDisposedException, $"{race}: the peer threw {answer}");
        if (error is null && answer is null && cause == Cause.Cancel) await TalkAsync(stream, peer, race);
        if (cause is Cause.OwnClose or Cause.OwnAbort || stream.IsClosing)
        {
            await peer.AbortAsync().Within();
            await After.IsClosedAsync(stream, race, closed);
        }

        await stream.AbortAsync().Within();
        await peer.AbortAsync().Within();
        Assert.All(sockets, socket => Assert.True(socket is null || socket.SafeHandle.IsClosed, $"{race}: a socket is open."));
        await After.BlocksAreBackAsync(lent: null, race);

        Task UpgradeAsync()
        {
            if (answers) answering = Task.Run(() => isServer ? peer.StartTlsAsync(Wire.ClientTls).AsTask() : peer.StartTlsAsync(Wire.ServerTls).AsTask());
            return isServer ? stream.StartTlsAsync(Wire.ServerTls, null, source.Token).AsTask() : stream.StartTlsAsync(Wire.ClientTls, null, source.Token).AsTask();
        }
    }

    private static async Task TalkAsync(ConnectionStream stream, ConnectionStream peer, string race)
    {
        await stream.WriteAsync("hello\n").Within(what: race);
        Assert.Equal("hello", await peer.ReadLineAsync(Encoding.UTF8).Within(what: race));
        await peer.WriteAsync("hello too\n").Within(what: race);
        Assert.Equal("hello too", await stream.ReadLineAsync(Encoding.UTF8).Within(what: race));
    }

    private static Task Done(Action call)
    {
        call();
        return Task.CompletedTask;
    }
}
