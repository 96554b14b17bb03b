using System.Net;

namespace Kestrel.Streams.Tests;

[Collection(Descriptors.TakeTurns)]
public class ConnectCancellationTests
{
    [Fact]
    public async Task Cancelled_while_connecting_it_leaves_no_socket()
    {
        using var listener = Listener.Clogged();
        using var source = new CancellationTokenSource();
        var connecting = StreamClient.ConnectAsync("127.0.0.1", listener.Port, null, source.Token);
        Assert.Equal(1, KernelSockets.HalfOpenTo(listener.Port));

        await source.CancelAsync();

        await AssertCancelledAsync(connecting, source.Token);
        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
    }

    [Fact]
    public async Task Cancelled_a_hundred_times_it_leaves_no_socket()
    {
        using var listener = Listener.Clogged();
        var sources = Enumerable.Range(0, 100).Select(_ => new CancellationTokenSource()).ToArray();
        var connecting = sources.Select(source => StreamClient.ConnectAsync(listener.EndPoint, null, source.Token)).ToArray();
        Assert.Equal(100, KernelSockets.HalfOpenTo(listener.Port));

        foreach (var (index, source) in sources.Index())
        {
            await source.CancelAsync();
            await AssertCancelledAsync(connecting[index], source.Token);
            source.Dispose();
        }

        Assert.Equal(0, KernelSockets.HalfOpenTo(listener.Port));
    }

    [Fact]
    public async Task Cancelled_at_the_first_address_it_does_not_go_on_to_the_next()
    {
        using var host = ListenerPair.Of(Listener.Clogged, Listener.Tcp);
        using var source = new CancellationTokenSource();
        var options = new StreamClientOptions
        {
            HappyEyeballsDelay = Timeout.InfiniteTimeSpan,
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback, IPAddress.IPv6Loopback]),
        };
        var connecting = StreamClient.ConnectAsync("printer", host.Port, options, source.Token);

        await source.CancelAsync();

        await AssertCancelledAsync(connecting, source.Token);
        var own = host.Six.Connect();
        using var first = await host.Six.AcceptAsync();
        Assert.Equal(own.LocalEndPoint, first.RemoteEndPoint); // nobody had come before
    }

    [Fact]
    public async Task Cancelled_while_resolving_it_waits_for_nothing()
    {
        using var source = new CancellationTokenSource();
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        var options = new StreamClientOptions { ResolveCallback = (_, _) => new(never.Task) };
        var connecting = StreamClient.ConnectAsync("printer", 80, options, source.Token);

        await source.CancelAsync();

        await AssertCancelledAsync(connecting, source.Token);
    }

    [Fact]
    public async Task Cancelled_while_a_Unix_queue_is_full_it_ends()
    {
        var path = Listener.NewPath();
        using var listener = Listener.CloggedUnix(path);
        using var source = new CancellationTokenSource();
        var connecting = StreamClient.ConnectUnixAsync(path, null, source.Token);

        await source.CancelAsync();

        await AssertCancelledAsync(connecting, source.Token);
    }

    [Fact]
    public async Task A_cancellation_goes_before_the_error_that_came_with_it()
    {
        using var source = new CancellationTokenSource();
        var options = new StreamClientOptions
        {
            ResolveCallback = async (_, _) =>
            {
                await source.CancelAsync();
                throw new IOException("cancelled under way");
            },
        };

        await AssertCancelledAsync(StreamClient.ConnectAsync("printer", 80, options, source.Token), source.Token);
    }

    public static TheoryData<Func<StreamClientOptions, CancellationToken, Task<ConnectionStream>>> Connects => new()
    {
        (options, token) => StreamClient.ConnectAsync("printer", 80, options, token),
        (options, token) => StreamClient.ConnectAsync(new DnsEndPoint("printer", 80), options, token),
        (options, token) => StreamClient.ConnectUnixAsync("/no/such/path", options, token),
    };

    [Theory]
    [MemberData(nameof(Connects), DisableDiscoveryEnumeration = true)]
    public async Task A_token_that_is_cancelled_already_wins_at_once(
        Func<StreamClientOptions, CancellationToken, Task<ConnectionStream>> connect)
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var asked = false;
        var options = new StreamClientOptions
        {
            ConnectCallback = (_, _) =>
            {
                asked = true;
                throw new IOException();
            },
        };

        var connecting = connect(options, source.Token);

        Assert.True(connecting.IsCanceled);
        await AssertCancelledAsync(connecting, source.Token);
        await AssertCancelledAsync(connect(new StreamClientOptions(), source.Token), source.Token);
        Assert.False(asked);
    }

    private static async Task AssertCancelledAsync(Task connecting, CancellationToken token)
    {
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within());
        Assert.Equal(token, error.CancellationToken);
    }
}
