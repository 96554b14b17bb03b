using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A connect and an accept that are given up while they succeed: whoever has the socket then has it alone, and otherwise it is closed.</summary>
public sealed class ConnectRaceTests : IDisposable
{
    private readonly Rival _rival = new();

    [Theory]
    [InlineData("cancel")]
    [InlineData("the listener closes")]
    public Task A_connect_that_is_given_up(string what) => Race.RunAsync(400, async random =>
    {
        var listener = NewListener();
        var address = listener.LocalEndPoint!;
        using var source = new CancellationTokenSource();
        ConnectionStream? stream = null;
        var (connecting, between) = _rival.Meet(Rival.AnyMoment(random), async () => stream = await StreamClient.ConnectAsync(address, cancellationToken: source.Token), Rival.AnyMoment(random), () =>
        {
            if (what == "cancel") source.Cancel();
            else listener.Dispose();
            return Task.CompletedTask;
        });
        await between.Within();
        var error = await Outcome.ErrorOfAsync(connecting, what);
        Assert.True(error is null || (what == "cancel" ? error is OperationCanceledException cancelled && cancelled.CancellationToken == source.Token : error is IOException), $"{error}");
        if (stream is not null) await stream.AbortAsync().Within();
        listener.Dispose();
    });

    [Theory]
    [InlineData("cancel")]
    [InlineData("dispose")]
    [InlineData("nothing")]
    public Task An_accept_that_is_given_up(string what) => Race.RunAsync(400, async random =>
    {
        using var listener = NewListener();
        var acceptor = new SocketAcceptor(listener);
        using var source = new CancellationTokenSource();
        Socket? accepted = null;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var pause = Rival.AnyMoment(random);
        var (accepting, between) = _rival.Meet(Rival.AnyMoment(random), async () => accepted = await acceptor.AcceptAsync(source.Token), Rival.AnyMoment(random), () =>
        {
            client.Connect(listener.LocalEndPoint!);
            Thread.SpinWait(pause);
            if (what == "cancel") source.Cancel();
            if (what == "dispose") acceptor.Dispose();
            return Task.CompletedTask;
        });
        await between.Within();
        var error = await Outcome.ErrorOfAsync(accepting, what);
        var allowed = (what, error) switch
        {
            (_, null) => accepted is not null,
            ("cancel", OperationCanceledException cancelled) => cancelled.CancellationToken == source.Token,
            ("dispose", ObjectDisposedException) => true,
            _ => false,
        };
        Assert.True(allowed, $"{what}: {error}");
        accepted?.Dispose();
        acceptor.Dispose();
    });

    public void Dispose() => _rival.Dispose();

    private static Socket NewListener()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }
}
