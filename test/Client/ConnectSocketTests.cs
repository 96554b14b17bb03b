using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectSocketTests
{
    [Fact]
    public async Task A_connected_socket_becomes_a_stream()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        var options = new StreamClientOptions { Limit = 99, KeepAlive = TimeSpan.FromSeconds(7) };
        await using var stream = await StreamClient.ConnectAsync(socket, options).Within();

        Assert.Same(socket, stream.Socket);
        Assert.Equal(99, stream.Limit);
        Assert.True(socket.NoDelay);
        Assert.Equal(7, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_connected_Unix_socket_becomes_a_stream()
    {
        using var listener = Listener.Unix(Listener.NewPath());
        await using var stream = await StreamClient.ConnectAsync(listener.Connect()).Within();

        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task The_stream_owns_the_socket()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        using var peer = await listener.AcceptAsync();
        var stream = await StreamClient.ConnectAsync(socket).Within();

        await stream.DisposeAsync().Within();

        Assert.True(socket.SafeHandle.IsClosed);
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task A_connection_that_was_reset_meanwhile_shows_it_at_the_first_read()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        var peer = await listener.AcceptAsync();
        peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Dispose();
        await using var stream = await StreamClient.ConnectAsync(socket).Within();

        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadAsync(1).AsTask()).Within();
    }

    public static TheoryData<Func<Socket>> UnfitSockets => new()
    {
        () => Listener.NewSocket(AddressFamily.InterNetwork),
        () => Listener.NewSocket(AddressFamily.Unix),
        () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp),
        () =>
        {
            var listening = Listener.NewSocket(AddressFamily.InterNetwork);
            listening.Listen();
            return listening;
        },
    };

    [Theory]
    [MemberData(nameof(UnfitSockets), DisableDiscoveryEnumeration = true)]
    public async Task An_unfit_socket_is_refused_and_left_to_the_caller(Func<Socket> unfit)
    {
        using var socket = unfit();

        await Assert.ThrowsAsync<ArgumentException>("socket", () => StreamClient.ConnectAsync(socket));

        Assert.False(socket.SafeHandle.IsClosed);
        Assert.True(socket.Blocking);
    }

    [Fact]
    public async Task A_closed_socket_is_refused()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        socket.Dispose();

        await Assert.ThrowsAsync<ArgumentException>("socket", () => StreamClient.ConnectAsync(socket));
    }

    [Fact]
    public async Task Cancelled_it_leaves_the_socket_as_it_was()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        var cancelled = new CancellationToken(canceled: true);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StreamClient.ConnectAsync(socket, null, cancelled)).Within();

        Assert.Equal(cancelled, error.CancellationToken);
        Assert.True(socket.Blocking);
        Assert.False(socket.NoDelay);
        await using var stream = await StreamClient.ConnectAsync(socket).Within();
        await listener.TalkAsync(stream);
    }
}
