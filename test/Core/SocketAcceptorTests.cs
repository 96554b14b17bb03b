using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class SocketAcceptorTests
{
    [Fact]
    public async Task What_is_accepted_may_be_used_blocking()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var acceptor = new SocketAcceptor(listener);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accept = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        await peer.ConnectAsync(listener.LocalEndPoint!).Within();
        using var accepted = await accept.Within();
        Assert.True(accepted.Blocking);
    }

    [Fact]
    public async Task An_accept_that_waits_ends_with_the_acceptor_and_the_socket_can_have_another()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        for (var i = 0; i < 20; i++)
        {
            using var acceptor = new SocketAcceptor(listener);
            var accept = acceptor.AcceptAsync(CancellationToken.None).AsTask();
            using (var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                await peer.ConnectAsync(listener.LocalEndPoint!).Within();
                (await accept.Within()).Dispose();
            }

            accept = acceptor.AcceptAsync(CancellationToken.None).AsTask();
            acceptor.Dispose();
            if (OperatingSystem.IsLinux()) await Assert.ThrowsAsync<ObjectDisposedException>(() => accept.Within());
        }
    }
}
