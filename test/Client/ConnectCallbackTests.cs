using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectCallbackTests
{
    [Fact]
    public async Task The_stream_is_made_of_the_socket_it_returns()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        await using var stream = await StreamClient.ConnectAsync("printer", 80, Returning(socket)).Within();

        Assert.Same(socket, stream.Socket);
        Assert.True(socket.NoDelay);
        await listener.TalkAsync(stream);
    }

    public static TheoryData<EndPoint, Func<StreamClientOptions, Task<ConnectionStream>>> Connects => new()
    {
        { new DnsEndPoint("printer", 80), options => StreamClient.ConnectAsync("printer", 80, options) },
        { new DnsEndPoint("127.0.0.1", 80), options => StreamClient.ConnectAsync("127.0.0.1", 80, options) },
        { new IPEndPoint(IPAddress.Loopback, 80), options => StreamClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 80), options) },
        { new UnixDomainSocketEndPoint("/no/such"), options => StreamClient.ConnectUnixAsync("/no/such", options) },
        { OddEndPoint.Only, options => StreamClient.ConnectAsync(OddEndPoint.Only, options) },
    };

    [Theory]
    [MemberData(nameof(Connects), DisableDiscoveryEnumeration = true)]
    public async Task It_gets_the_end_point_as_asked_for_and_the_options(
        EndPoint endPoint, Func<StreamClientOptions, Task<ConnectionStream>> connect)
    {
        using var listener = Listener.Tcp();
        StreamConnectContext? seen = null;
        var options = new StreamClientOptions
        {
            ResolveCallback = (_, _) => throw new InvalidOperationException("asked"),
            ConnectCallback = (context, _) =>
            {
                seen = context;
                return ValueTask.FromResult(listener.Connect());
            },
        };
        await using var stream = await connect(options).Within();

        Assert.Equal(endPoint, seen!.EndPoint);
        Assert.Same(options, seen.Options);
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task What_it_throws_is_inside()
    {
        var cause = new SocketException((int)SocketError.HostUnreachable);

        var error = await Assert.ThrowsAsync<StreamConnectException>(
            () => StreamClient.ConnectAsync("printer", 80, new StreamClientOptions { ConnectCallback = (_, _) => throw cause })).Within();

        Assert.Equal("Could not connect to printer:80: No route to host.", error.Message);
        Assert.Same(cause, error.InnerException);
        Assert.Equal([(new DnsEndPoint("printer", 80), cause)], error.Attempts);
    }

    [Fact]
    public async Task A_cancellation_of_its_own_is_a_failure_to_connect()
    {
        var options = new StreamClientOptions { ConnectCallback = (_, _) => throw new OperationCanceledException() };

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within();

        Assert.IsType<OperationCanceledException>(error.InnerException);
    }

    [Fact]
    public async Task Null_is_a_fault_of_the_callback()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StreamClient.ConnectAsync("printer", 80, Returning(null!))).Within();

        Assert.Equal("ConnectCallback returned null for printer:80: it must return a connected stream socket.", error.Message);
    }

    public static TheoryData<Func<Socket>> UnfitSockets => new()
    {
        () => Listener.NewSocket(AddressFamily.InterNetwork),
        () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp),
        () =>
        {
            var closed = Listener.NewSocket(AddressFamily.InterNetwork);
            closed.Dispose();
            return closed;
        },
    };

    [Theory]
    [MemberData(nameof(UnfitSockets), DisableDiscoveryEnumeration = true)]
    public async Task An_unfit_socket_is_a_fault_of_the_callback_and_is_disposed(Func<Socket> unfit)
    {
        var socket = unfit();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StreamClient.ConnectAsync("printer", 80, Returning(socket))).Within();

        Assert.StartsWith("ConnectCallback returned an unfit socket for printer:80. The socket is ", error.Message, StringComparison.Ordinal);
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Cancelling_cancels_its_token_and_waits_for_nothing()
    {
        using var source = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<Socket>();
        var options = new StreamClientOptions
        {
            ConnectCallback = (_, token) =>
            {
                token.Register(cancelled.SetResult);
                return new ValueTask<Socket>(never.Task);
            },
        };
        var connecting = StreamClient.ConnectAsync("printer", 80, options, source.Token);

        await source.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting).Within();
        Assert.Equal(source.Token, error.CancellationToken);
        await cancelled.Task.Within();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_socket_that_comes_too_late_is_disposed(bool timeout)
    {
        using var listener = Listener.Tcp();
        using var source = new CancellationTokenSource();
        var late = new TaskCompletionSource<Socket>();
        var options = new StreamClientOptions { ConnectCallback = (_, _) => new ValueTask<Socket>(late.Task) };
        if (timeout)
            options.ConnectTimeout = TimeSpan.FromMilliseconds(50);
        var connecting = StreamClient.ConnectAsync("printer", 80, options, source.Token);
        if (!timeout)
            await source.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => connecting).Within();

        late.SetResult(listener.Connect());

        using var peer = await listener.AcceptAsync();
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).Within());
    }

    private static StreamClientOptions Returning(Socket socket) => new() { ConnectCallback = (_, _) => ValueTask.FromResult(socket) };

    private sealed class OddEndPoint : EndPoint
    {
        public static OddEndPoint Only { get; } = new();
    }
}
